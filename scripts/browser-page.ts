/** What the page of the browser tests can do; each function is called by its name and answers what JSON can hold. */
import { B2Api, type Bucket, uploadToUrl } from "b2kit";

/** How a transfer went. */
export interface Outcome {
  /** The bytes that each report of progress told. */
  readonly progress: readonly number[];
  /** SHA-1 of what was stored. */
  readonly sha1?: string | undefined;
  /** What a listing gave. */
  readonly names?: readonly string[];
  /** Bytes that were stored, or that a download handed out. */
  readonly bytes?: number;
  /** Name and message of what it was rejected with. */
  readonly error?: string;
}

// The page's own server forwards calls that move no contents, and puts its application key into the first.
const b2 = new B2Api({
  realm: `${location.origin}/b2`,
  applicationKeyId: "the-page",
  applicationKey: "has-none",
  retry: { firstDelayMillis: 1, transferBudgetMillis: 2_000 },
});

const functions = {
  /** Uploads the chosen file in parts, and aborts it once so many bytes are stored. */
  upload: (bucketName: string, abortAtBytes = Number.POSITIVE_INFINITY) =>
    outcomeOf(async (report) => {
      const controller = new AbortController();
      const stored = await (await bucketOf(bucketName)).upload(chosenFile(), "film.bin", {
        partSizeBytes: 10_000_000,
        signal: controller.signal,
        onProgress: ({ bytes }) => {
          report(bytes);
          if (bytes >= abortAtBytes) controller.abort(new Error("enough"));
        },
      });
      return { sha1: stored.contentSha1 };
    }),

  /** Reads a file to its end, keeping nothing. */
  download: (bucketName: string, name: string) =>
    outcomeOf(async (report) => {
      const file = await (await bucketOf(bucketName)).downloadFileByName(name);
      let bytes = 0;
      for await (const chunk of file) {
        bytes += chunk.length;
        report(bytes);
      }
      return { bytes, sha1: file.downloadVersion.contentSha1 };
    }),

  /** Uploads the beginning of the chosen file to a URL from the page's server. */
  uploadToUrl: (bytes: number, isAborted: boolean) =>
    outcomeOf(async (report) => {
      const target = async () => await (await fetch("/upload-url")).json();
      const stored = await uploadToUrl(target, chosenFile().slice(0, bytes), "handed/größe.bin", {
        onProgress: (progress) => report(progress.bytes),
        ...(isAborted && { signal: AbortSignal.abort(new Error("enough")) }),
      });
      return { sha1: stored.contentSha1 ?? undefined };
    }),

  list: (bucketName: string) =>
    outcomeOf(async () => {
      const names: string[] = [];
      for await (const { fileVersion } of (await bucketOf(bucketName)).ls("", { recursive: true })) {
        names.push(fileVersion.name);
      }
      return { names };
    }),

  uploadText: (bucketName: string) =>
    outcomeOf(async () => {
      const { size } = await (await bucketOf(bucketName)).upload(new Blob(["a few bytes"]), "a.txt");
      return { bytes: size };
    }),

  /** Tries what needs a file system. */
  uploadPath: (bucketName: string) =>
    outcomeOf(async () => {
      const { size } = await (await bucketOf(bucketName)).uploadLocalFile("a.txt", "a.txt");
      return { bytes: size };
    }),
};

export type PageFunctions = typeof functions;

Object.assign(globalThis, { page: functions });

const bucketOf = (name: string): Promise<Bucket> => b2.getBucketByName(name);

function chosenFile(): File {
  const file = document.querySelector("input")?.files?.[0];
  if (file === undefined) throw new Error("No file is chosen");
  return file;
}

async function outcomeOf(
  transfer: (report: (bytes: number) => void) => Promise<Omit<Outcome, "progress">>,
): Promise<Outcome> {
  const progress: number[] = [];
  const report = (bytes: number) => void progress.push(bytes);
  try {
    return { progress, ...(await transfer(report)) };
  } catch (error) {
    return { progress, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}
