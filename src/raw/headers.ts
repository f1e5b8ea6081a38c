import { type OperationRow, operations } from "../../generated/operations.ts";
import type { paths } from "../../generated/schema.ts";
import { percentDecode } from "./encoding.ts";

/** Paths whose answer is a file's content, described by its headers. */
export type DownloadPath = "/b2api/v4/b2_download_file_by_id" | "/file/{bucketName}/{fileName}";

/** The headers of a download as the description types them: numbers as numbers, names and file info decoded. */
export type DownloadHeaders = HeadersOf<200> & Partial<Pick<HeadersOf<206>, "Content-Range">>;

type HeadersOf<Status extends 200 | 206> = Declared<
  paths[DownloadPath]["get"]["responses"][Status]["headers"]
>;

/** Leaves out the index signature that stands for undeclared headers. */
type Declared<T> = { [K in keyof T as string extends K ? never : K]: T[K] };

/**
 * Reads the headers of a download or of its HEAD form.
 *
 * Percent-encoding is undone; `X-Bz-Info-*` gathers the file info under lower-case names.
 */
export function downloadHeaders(response: Response): DownloadHeaders {
  const headers: Record<string, unknown> = {};
  const fileInfo: Array<[string, string]> = [];
  for (const [key, value] of response.headers) {
    const known = knownHeaders.get(key);
    if (known !== undefined) {
      headers[known.name] = read(value, known.kind);
    } else if (key.startsWith(FILE_INFO_PREFIX)) {
      fileInfo.push([key.slice(FILE_INFO_PREFIX.length), percentDecode(value)]);
    }
  }
  fileInfo.sort(([left], [right]) => (left < right ? -1 : 1)); // As Headers of the platform tell them.
  headers[FILE_INFO] = Object.fromEntries(fileInfo);
  // Built from the table of the same description that the type comes from.
  return headers as DownloadHeaders;
}

type HeaderKind = OperationRow["responseHeaders"][string];

/** The family of headers that file info goes into. */
const FILE_INFO = "X-Bz-Info-*" satisfies keyof DownloadHeaders;
const FILE_INFO_PREFIX = "x-bz-info-";

const { responseHeaders } = operations.b2_download_file_by_name;
const knownHeaders = /* @__PURE__ */ new Map(
  /* @__PURE__ */ Object.entries(responseHeaders).map(([name, kind]) => [name.toLowerCase(), { name, kind }]),
);

function read(value: string, kind: HeaderKind): string | number {
  return kind === "integer" ? Number(value) : kind === "percent-encoded" ? percentDecode(value) : value;
}
