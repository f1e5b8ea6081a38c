import type { FileVersionFields, PageSource } from "./pages.ts";

/**
 * Shows one level: what lies deeper than `level` appears as folders, each once, where its first entry stood. Gives
 * the service's own folders as they are.
 *
 * Pages go on behind a folder that has been shown, so what else lies in it costs no further request.
 *
 * @param prefix - What every entry of the pages begins with; `level`, or something below it.
 */
export function foldedPages(
  source: PageSource<FileVersionFields>,
  level: string,
  prefix: string,
  shown?: string,
): PageSource<FileVersionFields> {
  return async (signal) => {
    const { items, next } = await source(signal, shown);
    const { entries, folder } = fold(items, level, shown);
    const isWhole = folder !== undefined && prefix.startsWith(folder); // All entries lie in this one folder.
    return { items: entries, next: next && !isWhole ? foldedPages(next, level, prefix, folder) : undefined };
  };
}

function fold(items: readonly FileVersionFields[], level: string, shown: string | undefined) {
  const entries: FileVersionFields[] = [];
  let folder = shown;
  for (const item of items) {
    const slash = item.fileName.indexOf("/", level.length);
    if (slash === -1) {
      entries.push(item);
    } else if (folder === undefined || !item.fileName.startsWith(folder)) {
      folder = item.fileName.slice(0, slash + 1);
      entries.push(item.fileName === folder && item.action === "folder" ? item : folderOf(item, folder));
    }
  }
  return { entries, folder };
}

/** Makes the entry that the service makes for a folder. */
function folderOf({ accountId, bucketId }: FileVersionFields, fileName: string): FileVersionFields {
  return {
    accountId,
    action: "folder",
    bucketId,
    contentLength: 0,
    contentMd5: null,
    contentSha1: null,
    contentType: null,
    fileId: null,
    fileInfo: {},
    fileName,
    uploadTimestamp: 0,
  };
}
