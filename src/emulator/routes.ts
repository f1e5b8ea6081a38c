import { type OperationId, type OperationRow, operations } from "../../generated/operations.ts";
import { percentDecode } from "./percent-encoding.ts";
import { badRequest, notFound, Refusal } from "./refusal.ts";

/** Versions of the API that this server speaks. */
export type ApiVersion = 1 | 2 | 3 | 4;

/** What a request line asks for. */
export interface Route {
  readonly operation: OperationId;
  readonly version: ApiVersion;
  /** The path as it was sent; for uploads it identifies the upload URL. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Downloads by name only. */
  readonly bucketName: string;
  /** Downloads by name only; decoded. */
  readonly fileName: string;
}

/** The table of the description, without the literal types of each row. */
const table: Readonly<Record<string, OperationRow>> = operations;

/** The row of an operation in the table of the description. */
export const rowOf = (id: OperationId): OperationRow => operations[id];

/**
 * Finds the operation that a request line names.
 *
 * The path is taken as it was sent: resolving it as a URL would lose file names such as `a//b` and `a/../b`.
 *
 * @throws Refusal when there is no such operation, or not with this method.
 */
export function findRoute(method: string, target: string): Route {
  const split = target.indexOf("?");
  const path = split < 0 ? target : target.slice(0, split);
  const query = new URLSearchParams(split < 0 ? "" : target.slice(split + 1));
  const route = findApiRoute(method, path) ?? findDownloadRoute(method, path);
  if (!route) throw notFound(`There is nothing at ${path}`);
  return { version: 4, bucketName: "", fileName: "", ...route, path, query };
}

type Found = Pick<Route, "operation"> & Partial<Pick<Route, "version" | "bucketName" | "fileName">>;

function findApiRoute(method: string, path: string): Found | undefined {
  const [, version, name = "", uploadUrl] = /^\/b2api\/v([1-4])\/(\w+)(\/.+)?$/.exec(path) ?? [];
  if (!version || !isOperation(name) || !rowOf(name).path.startsWith("/b2api/")) return undefined;
  const row = rowOf(name);
  if ((row.baseUrl === "upload") !== (uploadUrl !== undefined)) return undefined;
  if (!methodsOf(row).includes(method)) throw methodNotAllowed(method, name);
  return { operation: name, version: Number(version) as ApiVersion };
}

function isOperation(name: string): name is OperationId {
  return Object.hasOwn(table, name);
}

/** JSON calls come as GET with query parameters or as POST; downloads by ID as HEAD, too; uploads only as POST. */
function methodsOf(row: OperationRow): readonly string[] {
  if (row.requestBody === "bytes") return ["POST"];
  return row.responseBody === "json" ? ["GET", "POST"] : ["GET", "HEAD", "POST"];
}

function findDownloadRoute(method: string, path: string): Found | undefined {
  const [, bucket, file] = /^\/file\/([^/]+)\/(.+)$/s.exec(path) ?? [];
  if (bucket === undefined || file === undefined) return undefined;
  const operation = method === "HEAD" ? "b2_head_file_by_name" : "b2_download_file_by_name";
  if (method !== "GET" && method !== "HEAD") throw methodNotAllowed(method, operation);
  const bucketName = percentDecode(bucket);
  const fileName = percentDecode(file);
  if (bucketName === undefined || fileName === undefined)
    throw badRequest("The path is not percent-encoded UTF-8");
  return { operation, bucketName, fileName };
}

function methodNotAllowed(method: string, operation: string): Refusal {
  return new Refusal(405, "method_not_allowed", `${operation} does not accept ${method}`);
}
