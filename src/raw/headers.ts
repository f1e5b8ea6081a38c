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
  for (const [name, kind] of Object.entries(operations.b2_download_file_by_name.responseHeaders)) {
    const value = name.endsWith("*") ? family(response.headers, name) : single(response.headers, name, kind);
    if (value !== undefined) {
      headers[name] = value;
    }
  }
  // Built from the table of the same description that the type comes from.
  return headers as DownloadHeaders;
}

type HeaderKind = OperationRow["responseHeaders"][string];

function single(headers: Headers, name: string, kind: HeaderKind): string | number | undefined {
  const value = headers.get(name);
  if (value === null) {
    return undefined;
  }
  return kind === "integer" ? Number(value) : kind === "percent-encoded" ? percentDecode(value) : value;
}

function family(headers: Headers, name: string): Record<string, string> {
  const prefix = name.slice(0, -1).toLowerCase();
  return Object.fromEntries(
    [...headers]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([left], [right]) => (left < right ? -1 : 1)) // As Headers of the platform tell them.
      .map(([key, value]) => [key.slice(prefix.length), percentDecode(value)]),
  );
}
