import type * as node from "./local-files.ts";

// The same names as local-files.ts: the `#local-files` import of package.json chooses between the two.

export const LocalFile: Pick<typeof node.LocalFile, "open"> = {
  open: async () => {
    throw new TypeError("This runtime has no local files: give the content as bytes, a Blob or a stream");
  },
};

export const saveContent: typeof node.saveContent = async () => {
  throw new TypeError("This runtime has no local files: read the content with stream(), bytes() or a loop");
};
