import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { Bucket } from "../../src/index.ts";

/** Where a job finds its files, and puts them. */
export interface Workplace {
  readonly bucket: Bucket;
  readonly folder: string;
}

/** Something that a user does, with what must be there before and what must be true after. */
export interface Job {
  /** Makes what the job needs, before anything goes wrong. */
  prepare?(place: Workplace): Promise<void>;
  run(place: Workplace): Promise<void>;
  /** Checks that every byte is where it belongs. */
  check?(place: Workplace): Promise<void>;
  /** Name in the bucket that the job stores, when it does. */
  readonly stores?: string;
  /** File in the folder that the job writes, when it does. */
  readonly writes?: string;
}

export type JobName =
  | "upload"
  | "large upload"
  | "download"
  | "large download"
  | "copy"
  | "large copy"
  | "50 calls at once";

const SMALL = contentOf(200_000);
const LARGE = contentOf(5_000_000);
const PART_BYTES = 1_000_000;

const upload = (content: Uint8Array): Job => ({
  stores: "stored",
  prepare: ({ folder }) => writeFile(join(folder, "source"), content),
  run: async ({ bucket, folder }) => {
    await bucket.uploadLocalFile(join(folder, "source"), "stored");
  },
  check: ({ bucket }) => expectStored(bucket, "stored", content),
});

const download = (content: Uint8Array): Job => ({
  writes: "target",
  prepare: ({ bucket, folder }) => store(bucket, folder, content),
  run: async ({ bucket, folder }) => {
    const downloaded = await bucket.downloadFileByName("original");
    await downloaded.saveTo(join(folder, "target"));
  },
  check: async ({ folder }) => {
    expect(Buffer.compare(await readFile(join(folder, "target")), content)).toBe(0);
  },
});

const copy = (content: Uint8Array, partSizeBytes?: number): Job => ({
  stores: "copied",
  prepare: ({ bucket, folder }) => store(bucket, folder, content),
  run: async ({ bucket }) => {
    const { id } = await bucket.getFileInfoByName("original");
    await bucket.copy(id, "copied", partSizeBytes === undefined ? {} : { partSizeBytes });
  },
  check: ({ bucket }) => expectStored(bucket, "copied", content),
});

export const jobs: Readonly<Record<JobName, Job>> = {
  upload: upload(SMALL),
  "large upload": upload(LARGE),
  download: download(SMALL),
  "large download": download(LARGE),
  copy: copy(SMALL),
  "large copy": copy(LARGE, PART_BYTES),
  "50 calls at once": {
    prepare: ({ bucket, folder }) => store(bucket, folder, SMALL),
    run: async ({ bucket }) => {
      const { id } = await bucket.getFileInfoByName("original");
      const found = await Promise.all(Array.from({ length: 50 }, () => bucket.getFileInfoById(id)));
      expect(found.every((version) => version.id === id)).toBe(true);
    },
  },
};

async function store(bucket: Bucket, folder: string, content: Uint8Array): Promise<void> {
  const path = join(folder, "original");
  await writeFile(path, content);
  await bucket.uploadLocalFile(path, "original");
}

async function expectStored(bucket: Bucket, name: string, content: Uint8Array): Promise<void> {
  const stored = await (await bucket.downloadFileByName(name)).bytes();
  expect(Buffer.compare(stored, content)).toBe(0);
}

/** Makes bytes that look random and are the same each time. */
function contentOf(size: number): Uint8Array {
  let state = size;
  return Uint8Array.from({ length: size }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}
