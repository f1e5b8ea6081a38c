import { DownloadedFile, type DownloadOptions } from "./download/downloaded-file.ts";
import { checkFileName } from "./file-name.ts";
import { FileVersion } from "./file-version.ts";
import { type LsOptions, ls } from "./listing/ls.ts";
import type { components } from "./raw/index.ts";
import type { CallOptions, Session } from "./session/session.ts";
import { bucketUploadUrls, type UploadOptions, uploadFile } from "./upload/upload.ts";
import type { UploadUrlPool } from "./upload/upload-urls.ts";

type BucketFields = components["schemas"]["Bucket"];

/** One entry of a directory listing. */
export interface LsEntry {
  /** The file version; for a folder, a stand-in with action `folder`. */
  readonly fileVersion: FileVersion;
  /** Full name of the folder with its final `/`; undefined for a file. */
  readonly folderName: string | undefined;
}

/** A bucket: its settings when it was asked for, and everything that is done with files in it. */
export class Bucket {
  readonly id: string;
  readonly name: string;
  /** Who may read: `allPublic`, `allPrivate`, or what the service adds. */
  readonly type: BucketFields["bucketType"];
  readonly info: Readonly<Record<string, string>>;
  /** Rises with every change of the settings. */
  readonly revision: number;
  readonly #session: Session;
  readonly #uploadUrls: UploadUrlPool;

  constructor(session: Session, fields: BucketFields) {
    this.id = fields.bucketId;
    this.name = fields.bucketName;
    this.type = fields.bucketType;
    this.info = fields.bucketInfo;
    this.revision = fields.revision;
    this.#session = session;
    this.#uploadUrls = bucketUploadUrls(session, fields.bucketId);
  }

  /**
   * Lists a path as a directory, in UTF-8 byte order. A path without final `/` shows the file of that name, if
   * there is one, and then what the folder of that name holds.
   *
   * One class C call gives a page of files and folders; a path without final `/` costs one more.
   *
   * @throws `RangeError` when `fetchCount` is not from 1 to 10,000.
   * @see b2_list_file_names, b2_list_file_versions
   */
  async *ls(path = "", options: LsOptions = {}): AsyncGenerator<LsEntry> {
    for await (const fields of ls(this.#session, this, path, options)) {
      const fileVersion = new FileVersion(fields);
      yield { fileVersion, folderName: fileVersion.action === "folder" ? fileVersion.name : undefined };
    }
  }

  /**
   * Stores a file of this machine and resolves once the service has confirmed every byte's SHA-1.
   *
   * Files up to the recommended part size (100 MB) and a little more go in one request. Longer ones are read
   * twice, first for the SHA-1 that makes the download verifiable, and become a large file whose parts are sent
   * side by side. Memory does not grow with the file's size: about 2 MiB for each part in flight.
   *
   * @param path - File on this machine. It must not change while it is sent.
   * @throws {@link LocalFileError} when it cannot be read, {@link UploadError} when parts were stored but the file
   * is unfinished; its `fileId` names it.
   * @see b2_upload_file, b2_upload_part
   */
  async uploadLocalFile(path: string, fileName: string, options: UploadOptions = {}): Promise<FileVersion> {
    checkFileName(fileName);
    const { LocalFile } = await import("./upload/local-file.ts");
    const file = await LocalFile.open(path);
    try {
      const to = { bucketId: this.id, bucketName: this.name, pool: this.#uploadUrls, fileName };
      return new FileVersion(await uploadFile(this.#session, to, file, options));
    } finally {
      await file.close();
    }
  }

  /**
   * Asks for the newest version of a file and resolves when its headers are there. Makes one request.
   *
   * @throws {@link NotFoundError} when there is no such file, or it is hidden.
   * @see b2_download_file_by_name
   */
  async downloadFileByName(fileName: string, options: DownloadOptions = {}): Promise<DownloadedFile> {
    checkFileName(fileName);
    return await DownloadedFile.open(this.#session, { bucketName: this.name, fileName }, options);
  }

  /**
   * Deletes one version of a file for good.
   *
   * @see b2_delete_file_version
   */
  async deleteFileVersion(fileId: string, fileName: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#session.call(
      "b2_delete_file_version",
      (raw) => raw.POST("/b2api/v4/b2_delete_file_version", { body: { fileId, fileName }, signal }),
      { bucketName: this.name, fileName, signal },
    );
  }
}
