// What uploads from and downloads to files of this machine need: the `#local-files` import of package.json gives it to
// runtimes that have files, when it is used for the first time.

export { saveContent } from "./download/save.ts";
export { LocalFile } from "./upload/local-file.ts";
