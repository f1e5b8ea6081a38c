/** Generated from spec/b2-native-api.yaml by `npm run generate`; edit the description instead. */

/**
 * File contents to send. Blobs and streams are read while they are sent, so memory does not grow with their
 * size; a stream says nothing about its length, so give it with the `Content-Length` header.
 */
export type BinaryBody = Uint8Array | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** File contents as they arrive. */
export type BinaryContent = ReadableStream<Uint8Array>;

/** The calls of the service by path: their parameters, bodies and answers. */
export interface paths {
    /** Turn an application key into a token. */
    "/b2api/v4/b2_authorize_account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Turn an application key into a token
         *
         * Checks an application key and answers everything a client needs afterwards: an account token, the
         * base URLs, the part sizes, and what the key may do. Call it once, share the answer among all
         * threads, and call it again when an account call answers 401 `expired_auth_token` or
         * `bad_auth_token`, at the latest after 24 hours. If this call itself answers 401 the credentials are
         * wrong: do not repeat it.
         *
         * The service also takes POST with the body `{}`.
         *
         * Earlier versions differ only in the answer. v3 had no `allowed`: `storageApi` held `bucketId`,
         * `bucketName`, `capabilities`, `namePrefix` and `infoType` itself. v2 had no `apiInfo`: URLs, part
         * sizes and `allowed {capabilities, bucketId, bucketName, namePrefix}` stood at the top. v1 was v2
         * without `bucketName`, with `minimumPartSize` for the recommended size. v1 to v3 refuse keys that are
         * restricted to several buckets.
         */
        get: operations["b2_authorize_account"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Create an application key. */
    "/b2api/v4/b2_create_key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create an application key
         *
         * Creates a key. Its secret is in this answer and nowhere else: it cannot be read again.
         *
         * A key that may create keys can give itself anything, so `writeKeys` amounts to full access. An
         * account can make 100 million keys in its life. After a lost answer list the keys first: names need
         * not be unique, so a blind repeat makes a second key.
         *
         * The service also takes GET with query parameters. v1 to v3 took one `bucketId` instead of
         * `bucketIds`.
         */
        post: operations["b2_create_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** List application keys. */
    "/b2api/v4/b2_list_keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * List application keys
         *
         * Lists the application keys of the account, page by page, without their secrets. Counts as one
         * transaction for each 1,000 keys returned.
         *
         * The service also takes GET with query parameters. v4 lists every key; v1 to v3 leave out keys that
         * are restricted to several buckets.
         */
        post: operations["b2_list_keys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Delete an application key. */
    "/b2api/v4/b2_delete_key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delete an application key
         *
         * Deletes a key. Keys that are restricted to several buckets can be deleted only through v4.
         *
         * The code for an unknown key is unconfirmed (400 `bad_request` in a simulator). After a lost answer
         * list the keys: if the key is gone, the deletion worked.
         */
        post: operations["b2_delete_key"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Create a bucket. */
    "/b2api/v4/b2_create_bucket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create a bucket
         *
         * Creates a bucket with its settings. All of them except name and, once enabled, file lock can be
         * changed later with `b2_update_bucket`.
         *
         * `duplicate_bucket_name` says only that somebody has the name. After a lost answer list the buckets
         * by name: if the account has it, the creation worked.
         *
         * For an invalid name or invalid `bucketInfo` expect 400 `bad_request`; a simulator answers
         * `invalid_bucket_name` and `invalid_bucket_info` instead. Setting up replication needs a verified
         * e-mail address and a payment history. The service also takes GET with query parameters.
         */
        post: operations["b2_create_bucket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** List buckets. */
    "/b2api/v4/b2_list_buckets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * List buckets
         *
         * Lists the buckets of the account with their settings, all in one answer. Without `bucketTypes`,
         * buckets of types `allPublic`, `allPrivate` and `snapshot` are returned.
         *
         * A key that is restricted to buckets must name one of them by `bucketId` or `bucketName`, otherwise
         * the answer is 401 `unauthorized`: make one call for each ID in `allowed.buckets`, and skip entries
         * without a name, whose buckets are deleted. A bucket that does not exist gives an empty list.
         *
         * Settings that the key must not read (`readBucketEncryption`, `readBucketRetentions`,
         * `readBucketReplications`) come back with `isClientAuthorizedToRead: false`. Only POST is documented,
         * unlike other read-only calls; a GET form is not confirmed.
         */
        post: operations["b2_list_buckets"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Change the settings of a bucket. */
    "/b2api/v4/b2_update_bucket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change the settings of a bucket
         *
         * Replaces the settings that are sent and leaves the others as they are; maps and lists are replaced
         * as a whole. Every update raises `revision`.
         *
         * To change a part of a setting, read the bucket, change it, and send it with `ifRevisionIs`. 409
         * `conflict` says that somebody else was faster: read again and redo. After a lost answer read the
         * bucket and compare.
         *
         * The service also takes GET with query parameters.
         */
        post: operations["b2_update_bucket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Delete an empty bucket. */
    "/b2api/v4/b2_delete_bucket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delete an empty bucket
         *
         * Deletes a bucket that holds no file version at all. Hide markers are versions; unfinished large
         * files are assumed to count too. Delete them first.
         *
         * After a lost answer list the bucket by ID: if it is gone, the deletion worked.
         */
        post: operations["b2_delete_bucket"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Read the event notification rules of a bucket. */
    "/b2api/v4/b2_get_bucket_notification_rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the event notification rules of a bucket
         *
         * Answers the rules by which the bucket reports events to webhooks, in alphabetical order of their
         * names.
         *
         * The service also takes POST with a JSON body `{bucketId}`. The price list does not name the
         * transaction class of this call: C is an assumption. The code for an unknown bucket, presumably 400
         * `bad_bucket_id`, is unconfirmed.
         */
        get: operations["b2_get_bucket_notification_rules"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Replace the event notification rules of a bucket. */
    "/b2api/v4/b2_set_bucket_notification_rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace the event notification rules of a bucket
         *
         * Replaces the whole list of rules; `[]` removes all. To change one rule, read the list, change it,
         * and send it back: `isSuspended` and `suspensionReason` are ignored on input.
         *
         * Event notifications may have to be enabled for the account by Backblaze's support. The price list
         * does not name the transaction class of this call: C is an assumption. The code for an unknown
         * bucket, presumably 400 `bad_bucket_id`, is unconfirmed.
         */
        post: operations["b2_set_bucket_notification_rules"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Get a URL and a token for uploading files. */
    "/b2api/v4/b2_get_upload_url": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a URL and a token for uploading files
         *
         * Answers an upload URL and the token that goes with it. Files are not sent to the API's own address
         * but to a storage pod that this call picks. Both values belong together and stay valid for 24 hours,
         * or until the URL rejects an upload. Use one URL for one upload at a time and again for the next; an
         * uploader with several threads takes one URL for each. After a failed upload take a new URL. When the
         * account's storage cap is reached, this call already answers 403 `storage_cap_exceeded`. The service
         * also takes GET with query parameters.
         */
        post: operations["b2_get_upload_url"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Upload one file in one request. */
    "/b2api/v4/b2_upload_file/{uploadUrl}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload one file in one request
         *
         * Stores the request's body as a new version of a file. An existing file of that name is not replaced:
         * it becomes an older version. The body holds the raw bytes, 0 to 5 GB (sources differ between
         * 5,000,000,000 bytes and 5 GiB = 5,368,709,120; stay within the former). It is neither a form nor
         * JSON, and the service refuses chunked transfer encoding: the length must be known before the first
         * byte is sent. Longer files, and files above some 200 MB that should go faster, are sent as large
         * files (`b2_start_large_file`).
         *
         * The address is the whole `uploadUrl` that `b2_get_upload_url` answered, and the token is the one
         * that came with it. Name, content type, checksum, file info, lock and encryption travel as headers.
         * Name and file info values are percent-encoded on the wire. Together, encoded and with the overhead
         * of header lines, they may take 7,000 bytes, and only 2,048 when the file is encrypted by the service
         * or the bucket has file lock enabled. (From 2026-09-14 the service encrypts every new file; whether
         * the lower limit then holds for all is not known.)
         *
         * The headers `Content-Disposition`, `Content-Encoding`, `Content-Language`, `Content-Location`,
         * `Content-Range` and `Expires` must not be sent; the `b2-` file info entries stand in for them.
         * `Expect: 100-continue` is allowed.
         *
         * After a connection failure, 401 `bad_auth_token` or `expired_auth_token`, 408 or any 5xx, take a new
         * upload URL and send again; two URLs normally suffice, give up after five. 400 `bad_request` with
         * "Sha1 did not match data received" means that the bytes changed on the way: read them again and
         * repeat. For an invalid name sources differ: the code is `bad_request` or `invalid_file_name`.
         */
        post: operations["b2_upload_file"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Copy a stored file into a new file. */
    "/b2api/v4/b2_copy_file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Copy a stored file into a new file
         *
         * Makes a new file version out of an existing one, or of a range of it, inside the service: no content
         * passes through the caller. Source and destination may be different buckets of the same account. At
         * most 5 GB are copied; beyond that the call answers `source_too_large` (message "Copy source too big:
         * N"), and the way is `b2_start_large_file` with `b2_copy_part`. Reading the source needs readFiles
         * when its bucket is private.
         *
         * A source that this key may not read, or a wrong or missing SSE-C key, answers 403 `access_denied`
         * (401 `unauthorized` is possible for the former). A missing source answers 404 `not_found`; one
         * source of this description also saw `file_not_present`. Copies can take many minutes, so wait up to
         * 20 minutes for the answer. A call repeated after a lost answer makes a second version: list the
         * destination's versions first. The service's pages also allow GET with query parameters.
         */
        post: operations["b2_copy_file"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Describe one file version by its ID. */
    "/b2api/v4/b2_get_file_info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Describe one file version by its ID
         *
         * Answers everything that the service knows about one file version: stored files, hide markers and
         * unfinished large files alike. A malformed ID answers 400 `bad_request`, an unknown one 404
         * `not_found`. To ask by name, use `b2_head_file_by_name`, or list with the name as start and a limit
         * of one. The service also takes GET with query parameters.
         */
        post: operations["b2_get_file_info"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** List the visible files of a bucket by name. */
    "/b2api/v4/b2_list_file_names": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * List the visible files of a bucket by name
         *
         * Lists one page of a bucket's files in the order of the UTF-8 bytes of their names: for each name its
         * newest version, unless that is a hide marker. Buckets are flat; `prefix` and `delimiter` together
         * show them as folders: what lies below the next delimiter after the prefix is answered as one entry
         * with action `folder`.
         *
         * Go on with `startFileName` = `nextFileName` until that is null. A page can be empty and still have a
         * next name, and that name need not belong to an existing file. Every 1,000 entries asked for and
         * answered count as one transaction. Many versions under one name slow the listing down; it can then
         * end with 503 (`service_unavailable`, or sometimes `bad_request`): repeat it. The service also takes
         * GET with query parameters.
         */
        post: operations["b2_list_file_names"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** List all versions of a bucket's files. */
    "/b2api/v4/b2_list_file_versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * List all versions of a bucket's files
         *
         * Lists one page of everything that a bucket holds: stored files, hide markers, unfinished large
         * files, and folders when a delimiter is given. Names come in the order of their UTF-8 bytes, and the
         * versions of one name from newest to oldest.
         *
         * Go on with `startFileName` = `nextFileName` and `startFileId` = `nextFileId` until `nextFileName` is
         * null. `nextFileId` may be null while `nextFileName` is set, when the next entry is a folder. A page
         * can be empty and still have a next name. Every 1,000 entries count as one transaction. A listing
         * that takes too long answers 503 (`service_unavailable`, or sometimes `bad_request`): repeat it. The
         * service also takes GET with query parameters.
         */
        post: operations["b2_list_file_versions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Hide a file by a marker on top of its versions. */
    "/b2api/v4/b2_hide_file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hide a file by a marker on top of its versions
         *
         * Adds a hide marker as the newest version of a name. Downloads by name then answer 404 and
         * `b2_list_file_names` leaves the name out; the older versions stay and can be downloaded by ID.
         * Deleting the marker with `b2_delete_file_version` shows the file again. A repeated call answers
         * `already_hidden`: the aim is reached. For a name without versions sources differ: 400 `no_such_file`
         * or 404 `not_found`; accept both.
         */
        post: operations["b2_hide_file"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Delete one file version for good. */
    "/b2api/v4/b2_delete_file_version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delete one file version for good
         *
         * Deletes one version, a hide marker included. If it was the newest, the version before becomes the
         * current one. Name and ID must belong together. On an unfinished large file the call is said to act
         * as `b2_cancel_large_file` (not verified). A version under legal hold or retention is refused with
         * `access_denied`; sources differ whether the status is 401 or 403, and one simulator answers 400 with
         * codes that begin with `file_lock_`, so decide by the code. Governance retention can be overridden
         * with `bypassGovernance`. A repeated call presumably answers `file_not_present`.
         */
        post: operations["b2_delete_file_version"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Download a file version by its ID. */
    "/b2api/v4/b2_download_file_by_id": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download a file version by its ID
         *
         * Answers the content of one version, or the part of it that `Range` names; all other facts come as
         * headers. Files of public buckets need no token unless response headers are overridden; those of
         * private buckets need an account token of a key with readFiles. Download-authorization tokens work
         * for downloads by name only.
         *
         * Files under SSE-C need the three customer headers of their upload; a wrong or missing key answers
         * 403 `access_denied`. The `b2Content...`, `b2Expires` and `b2CacheControl` parameters replace
         * response headers and need a token; all response headers must stay within 7,000 bytes (2,048 for
         * encrypted files), else 400. The bytes come as they were stored: `Content-Encoding` is a label that
         * the service never acts on. Compare them with `X-Bz-Content-Sha1`, or for large files with the file
         * info `large_file_sha1`. After a broken connection go on with a range from the first missing byte.
         * The service also takes HEAD, and POST with a JSON body.
         */
        get: operations["b2_download_file_by_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Download the newest version of a file by name. Describe the newest version of a file by name. */
    "/file/{bucketName}/{fileName}": {
        parameters: {
            query?: {
                /**
                 * Token in the URL instead of the header, made for links: normally one from
                 * `b2_get_download_authorization`. If it was made with `b2Content...` values, the request must repeat
                 * the same values.
                 * @example 3_20261120101500_1f2e3d4c5b6a_download_NOT-A-REAL-TOKEN
                 */
                Authorization?: string;
                /**
                 * Replaces the response's `Content-Disposition`. RFC 6266 without continuations; extended values only
                 * as UTF-8 with empty language. Needs a token, also in public buckets.
                 * @example attachment; filename="zurich.txt"
                 */
                b2ContentDisposition?: components["parameters"]["OverrideContentDisposition"];
                /**
                 * Replaces the response's `Content-Language`. Needs a token, also in public buckets.
                 * @example de-CH
                 */
                b2ContentLanguage?: components["parameters"]["OverrideContentLanguage"];
                /**
                 * Replaces the response's `Expires`, an HTTP date. Needs a token, also in public buckets.
                 * @example Sat, 20 Nov 2027 00:00:00 GMT
                 */
                b2Expires?: components["parameters"]["OverrideExpires"];
                /**
                 * Replaces the response's `Cache-Control`. Needs a token, also in public buckets.
                 * @example max-age=3600
                 */
                b2CacheControl?: components["parameters"]["OverrideCacheControl"];
                /**
                 * Replaces the response's `Content-Encoding`, a label only: the content is not converted. Needs a
                 * token, also in public buckets.
                 * @example gzip
                 */
                b2ContentEncoding?: components["parameters"]["OverrideContentEncoding"];
                /**
                 * Replaces the response's `Content-Type`. Needs a token, also in public buckets.
                 * @example text/plain;charset=utf-8
                 */
                b2ContentType?: components["parameters"]["OverrideContentType"];
            };
            header?: {
                /**
                 * One range of bytes, `bytes=first-last`, counted from 0, both ends included. The answer is then 206
                 * with `Content-Range`. A range outside the file answers 416 `range_not_satisfiable`, and presumably
                 * so does any range of an empty file.
                 * @example bytes=0-4
                 */
                Range?: components["parameters"]["Range"];
                /**
                 * Algorithm of encryption with the caller's own key (SSE-C). The three customer headers go together or
                 * not at all. Needed to store a file that way, on every part of such a large file, and to download it.
                 * @example AES256
                 */
                "X-Bz-Server-Side-Encryption-Customer-Algorithm"?: components["parameters"]["CustomerAlgorithm"];
                /**
                 * The caller's 32-byte key in base64. The service never answers it; without it the content cannot be
                 * read again.
                 * @example dGhpcyBpcyBhbiBleGFtcGxlIGN1c3RvbWVyIGtleSE=
                 */
                "X-Bz-Server-Side-Encryption-Customer-Key"?: components["parameters"]["CustomerKey"];
                /**
                 * MD5 of the caller's key (of its 32 bytes, not of the base64 text) in base64, as a check.
                 * @example goEjQ5mwdYNJu1wQ8NAmgw==
                 */
                "X-Bz-Server-Side-Encryption-Customer-Key-Md5"?: components["parameters"]["CustomerKeyMd5"];
            };
            path: {
                /**
                 * Name of the bucket.
                 * @example example-photos
                 */
                bucketName: string;
                /**
                 * Name of the file: the whole rest of the path, percent-encoded with `/` kept. OpenAPI 3.1 has no
                 * notation for a parameter that spans several segments, and its tools encode `/` as `%2F`; a client
                 * must encode this one itself, a literal `+` as `%2B`. Plain text in typed calls.
                 * @example photos/2026/Zürich.txt
                 */
                fileName: components["schemas"]["FileName"];
            };
            cookie?: never;
        };
        /**
         * Download the newest version of a file by name
         *
         * Answers the content of the newest version of a name; the path has no API version in it. Files of
         * public buckets need no token. Those of private buckets need an account token of a key with
         * readFiles, or a token from `b2_get_download_authorization`, as `Authorization` header or query
         * parameter. A name that does not exist or is hidden answers 404 `not_found`. Everything else is as in
         * `b2_download_file_by_id`: ranges, SSE-C, overridden response headers, verification.
         */
        get: operations["b2_download_file_by_name"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /**
         * Describe the newest version of a file by name
         *
         * Answers the headers that `b2_download_file_by_name` would answer, without content. It is the
         * recommended way to learn ID and size before a download in parallel ranges. Errors have no body: only
         * the status tells what happened, so a 401 may mean an expired token as well as a missing capability.
         */
        head: operations["b2_head_file_by_name"];
        patch?: never;
        trace?: never;
    };
    /** Get a token for downloading files by name. */
    "/b2api/v4/b2_get_download_authorization": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a token for downloading files by name
         *
         * Makes a token that lets its holder download, by name, the files of one bucket whose names begin with
         * a prefix, for a limited time. Put it into a link as the query parameter `Authorization`, or send it
         * as the header of that name. Values for response headers given here bind the download: the request
         * must carry the same ones. The token presumably dies no later than the application key that made it
         * (not verified).
         */
        post: operations["b2_get_download_authorization"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Set or lift the legal hold of a file version. */
    "/b2api/v4/b2_update_file_legal_hold": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set or lift the legal hold of a file version
         *
         * Sets the legal hold of one version. While it is `on`, the version is protected from deletion. The
         * bucket must have file lock enabled. If it has not, the recorded code is `bucket_missing_file_lock`;
         * one source says `file_lock_not_enabled`: accept both. A call that is not allowed answers
         * `access_denied` with 401 or 403: sources differ.
         */
        post: operations["b2_update_file_legal_hold"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Set, change or remove the retention of a version. */
    "/b2api/v4/b2_update_file_retention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set, change or remove the retention of a version
         *
         * Sets until when one version cannot be deleted. Compliance retention can only be lengthened.
         * Governance retention can be shortened or removed with `bypassGovernance`. The bucket must have file
         * lock enabled; if it has not, the recorded code is `bucket_missing_file_lock`, one source says
         * `file_lock_not_enabled`: accept both. A change that is not allowed answers `access_denied` with 401
         * or 403: sources differ. No maximum for the timestamp is known: the year 3000 was accepted once.
         */
        post: operations["b2_update_file_retention"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Begin a file that is sent in parts. */
    "/b2api/v4/b2_start_large_file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin a file that is sent in parts
         *
         * Opens a large file and answers its ID. A large file consists of up to 10,000 parts and holds up to
         * 10 TB. Every part but the last has at least `absoluteMinimumPartSize` bytes (5,000,000);
         * `recommendedPartSize` (100,000,000) is a good choice. Both come from `b2_authorize_account`. The
         * steps:
         *
         * 1. `b2_start_large_file` with name, content type and file info (put `large_file_sha1` in when it is
         * known).
         * 2. For each sending thread `b2_get_upload_part_url`, then `b2_upload_part` again and again; or
         * `b2_copy_part` for content that the service has already.
         * 3. `b2_finish_large_file` with the SHA-1 of all parts. Until then the file cannot be downloaded and
         * is not in `b2_list_file_names`.
         *
         * To give up, call `b2_cancel_large_file`. To resume after a break, find the file with
         * `b2_list_unfinished_large_files` and its parts with `b2_list_parts`. A call repeated after a lost
         * answer leaves an unfinished file behind. The limits of name and file info are those of
         * `b2_upload_file`. The service's pages also allow GET with query parameters.
         */
        post: operations["b2_start_large_file"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Get a URL and a token for uploading parts. */
    "/b2api/v4/b2_get_upload_part_url": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a URL and a token for uploading parts
         *
         * Answers an upload URL and its token for the parts of one large file. As with `b2_get_upload_url`,
         * both are valid for 24 hours or until the URL rejects an upload, and one URL serves one upload at a
         * time: take one for each sending thread, and a new one after a failure. The service also takes GET
         * with query parameters.
         */
        post: operations["b2_get_upload_part_url"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Upload one part of a large file. */
    "/b2api/v4/b2_upload_part/{uploadUrl}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Upload one part of a large file
         *
         * Stores the request's body as one numbered part of a large file. Parts may be sent in any order and
         * side by side, each with a URL of its own; sending a number again replaces that part. The length is
         * 5,000,000 bytes (`absoluteMinimumPartSize`) to 5 GB; only the last part may be shorter, down to 1
         * byte. File name, file info and SSE-B2 belong to `b2_start_large_file` and are not repeated; the
         * SSE-C headers are, on every part. Rules for body, length, failures and new upload URLs are those of
         * `b2_upload_file`.
         */
        post: operations["b2_upload_part"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Copy from a stored file into a part. */
    "/b2api/v4/b2_copy_part": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Copy from a stored file into a part
         *
         * Makes one part of a large file out of a stored file, or of a range of it, inside the service. At
         * most 5 GB go into a part; more answers `source_too_large`. Keep the answered `contentSha1`:
         * finishing needs it. The rules for a part's size apply when the file is finished: a copied part of 10
         * bytes was accepted at first. Reading the source needs readFiles when its bucket is private. Errors
         * for an unreadable or missing source are those of `b2_copy_file`. A repeated call replaces the part.
         * Copies can take many minutes, so wait up to 20 minutes for the answer. The service's pages also
         * allow GET with query parameters.
         */
        post: operations["b2_copy_part"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** List the parts stored for an unfinished file. */
    "/b2api/v4/b2_list_parts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * List the parts stored for an unfinished file
         *
         * Lists one page of the parts of an unfinished large file in the order of their numbers; go on with
         * `startPartNumber` = `nextPartNumber` until that is null. It needs writeFiles, not listFiles. A file
         * that is finished or unknown answers 400 (code not certain, `bad_request` presumed). The service also
         * takes GET with query parameters.
         */
        post: operations["b2_list_parts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** List large files that were started, not finished. */
    "/b2api/v4/b2_list_unfinished_large_files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * List large files that were started, not finished
         *
         * Lists one page of the large files of a bucket that are neither finished nor cancelled; go on with
         * `startFileId` = `nextFileId` until that is null. A key restricted to a name prefix must give a
         * `namePrefix` within it. The service also takes GET with query parameters.
         */
        post: operations["b2_list_unfinished_large_files"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Turn the parts of a large file into a file. */
    "/b2api/v4/b2_finish_large_file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Turn the parts of a large file into a file
         *
         * Joins the parts into a file that can be listed and downloaded. The SHA-1 values of all parts are
         * repeated in order as a check. The file's upload time is the time of the start. One vendor SDK never
         * makes fewer than two parts; whether the service insists on that is not known. The call may take
         * long, so wait up to 20 minutes. After a time-out or a 5xx do not repeat it blindly, for the work may
         * have been done: ask `b2_get_file_info` for the ID, and repeat only while `action` is still `start`.
         */
        post: operations["b2_finish_large_file"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    /** Drop an unfinished large file and its parts. */
    "/b2api/v4/b2_cancel_large_file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Drop an unfinished large file and its parts
         *
         * Deletes an unfinished large file together with all its parts. A file that is already finished or
         * cancelled, or an unknown ID, answers 400 `bad_request` ("Invalid fileId"): after a lost answer that
         * may mean that the first call worked. Lifecycle rules can cancel forgotten files on their own.
         */
        post: operations["b2_cancel_large_file"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
/** The calls that the service makes to its customers. */
export interface webhooks {
    /** Receive events of a bucket. Receive events of a bucket. */
    eventNotification: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Receive events of a bucket
         *
         * The service sends this request, over HTTPS and from published address ranges, to the `url` of each
         * event notification rule that matches, with the rule's custom headers added.
         *
         * Answer 200 within 3 seconds: store the events first, work on them later. Anything else is repeated;
         * how often and when is not documented. Repeated failure suspends the rule (`isSuspended`,
         * `suspensionReason`). Events arrive at least once and in any order: drop duplicates by `eventId`.
         *
         * If the rule has a signing secret, check the signature over the raw bytes of the body, before parsing
         * and with a comparison in constant time, and answer 401 if it does not match.
         */
        post: operations["eventNotification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
/** What several calls share. */
export interface components {
    /** The structures of requests and answers by name. */
    schemas: {
        /** What an application key may do, where, and with which token. */
        Authorization: {
            /** The account that the key belongs to. Other calls ask for it. */
            accountId: string;
            /** The account token. Valid for at most 24 hours. */
            authorizationToken: string;
            /**
             * When the key expires, in milliseconds since 1970. Null if it never does.
             * Format: int64
             */
            applicationKeyExpirationTimestamp: number | null;
            /** One member for each suite of APIs that the account can use. */
            apiInfo: components["schemas"]["ApiInfo"];
        };
        /** One member for each suite of APIs that the account can use. */
        ApiInfo: {
            /** URLs, sizes and restrictions for the B2 Native API. */
            storageApi: components["schemas"]["StorageApiInfo"];
            /**
             * Access to the Partner API for groups, which is not described here. Present only for partner
             * accounts.
             */
            groupsApi?: components["schemas"]["GroupsApiInfo"];
            /**
             * Access to the Computer Backup API, which is not described here. Present only when enabled for the
             * account; known from v3, unconfirmed for v4.
             */
            backupApi?: components["schemas"]["BackupApiInfo"];
        };
        /** URLs, sizes and restrictions for the B2 Native API. */
        StorageApiInfo: {
            /**
             * Smallest size in bytes of every part of a large file but the last (5,000,000).
             * Format: int64
             */
            absoluteMinimumPartSize: number;
            /**
             * Best size in bytes of a part for throughput (100,000,000).
             * Format: int64
             */
            recommendedPartSize: number;
            /**
             * Base URL of operations with `x-b2-base-url` api.
             * Format: uri
             */
            apiUrl: string;
            /**
             * Base URL of operations with `x-b2-base-url` download.
             * Format: uri
             */
            downloadUrl: string;
            /**
             * Base URL of the S3-compatible API, which is not described here.
             * Format: uri
             */
            s3ApiUrl: string;
            /** What the key may do, and the buckets and names that it is restricted to. */
            allowed: components["schemas"]["Allowed"];
        };
        /** What the key may do, and the buckets and names that it is restricted to. */
        Allowed: {
            /** Everything the key may do. */
            capabilities: components["schemas"]["OpenCapability"][];
            /** The only buckets that the key may use. Null if it may use all. */
            buckets: components["schemas"]["AllowedBucket"][] | null;
            /** Only files whose names start so may be used. Null if there is no such restriction. */
            namePrefix: string | null;
        };
        /** A bucket that a restricted key may use. */
        AllowedBucket: {
            /** The bucket's ID (bucketId elsewhere). */
            id: string;
            /**
             * The bucket's name (bucketName elsewhere). Null or empty if the bucket does not exist any more, or if
             * its name is not shown to this key; sources differ on the reason.
             */
            name: string | null;
        };
        /**
         * Access to the Partner API for groups, which is not described here. Present only for partner
         * accounts.
         */
        GroupsApiInfo: {
            /**
             * Base URL of the Partner API.
             * Format: uri
             */
            groupsApiUrl: string;
            /** What the key may do there; often just `all`. */
            capabilities: string[];
            /** The string `groupsApi`. Sources differ: some say that v4 dropped this field; expect both. */
            infoType?: string;
        };
        /**
         * Access to the Computer Backup API, which is not described here. Present only when enabled for the
         * account; known from v3, unconfirmed for v4.
         */
        BackupApiInfo: {
            /**
             * Base URL of the Computer Backup API.
             * Format: uri
             */
            backupApiUrl: string;
            /** What the key may do there. */
            capabilities: string[];
            /** The string `backupApi`. Sources differ: some say that v4 dropped this field; expect both. */
            infoType?: string;
        };
        /**
         * What an application key may do.
         *
         * - `listKeys`, `writeKeys`, `deleteKeys`: list, create and delete keys. `writeKeys` amounts to full
         *   access.
         * - `listBuckets`: list buckets. `listAllBucketNames`: only the S3 call that lists buckets.
         * - `readBuckets`: read settings through S3 calls. `writeBuckets`: create and update. `deleteBuckets`:
         *   delete.
         * - `readBucketEncryption`, `writeBucketEncryption`: see and set the default encryption.
         * - `readBucketRetentions`, `writeBucketRetentions`: see and set file lock and default retention.
         * - `readBucketReplications`, `writeBucketReplications`: see and set replication.
         * - `readBucketNotifications`, `writeBucketNotifications`: see and set event notification rules.
         * - `readBucketLogging`, `writeBucketLogging`: access logging, through S3 calls only.
         * - `readBucketLifecycleRules`, `writeBucketLifecycleRules`: named by one SDK only, without a native
         *   call that needs them; doubtful.
         * - `listFiles`: list names, versions and unfinished large files.
         * - `readFiles`: download, read file information, be the source of a copy.
         * - `shareFiles`: make download tokens.
         * - `writeFiles`: upload, copy, assemble large files, list parts, hide.
         * - `deleteFiles`: delete versions.
         * - `readFileRetentions`, `writeFileRetentions`: see and set retention of versions.
         * - `readFileLegalHolds`, `writeFileLegalHolds`: see and set legal holds.
         * - `bypassGovernance`: shorten or remove governance retention, and delete versions in spite of it.
         * @enum {string}
         */
        Capability: "listKeys" | "writeKeys" | "deleteKeys" | "listBuckets" | "listAllBucketNames" | "readBuckets" | "writeBuckets" | "deleteBuckets" | "readBucketEncryption" | "writeBucketEncryption" | "readBucketRetentions" | "writeBucketRetentions" | "readBucketReplications" | "writeBucketReplications" | "readBucketNotifications" | "writeBucketNotifications" | "readBucketLogging" | "writeBucketLogging" | "readBucketLifecycleRules" | "writeBucketLifecycleRules" | "listFiles" | "readFiles" | "shareFiles" | "writeFiles" | "deleteFiles" | "readFileRetentions" | "writeFileRetentions" | "readFileLegalHolds" | "writeFileLegalHolds" | "bypassGovernance";
        /** A capability as answered; the service may know more than this description. Partner keys show `all`. */
        OpenCapability: components["schemas"]["Capability"] | (string & {});
        /**
         * A feature of a key or bucket. `s3` means that it works with the S3-compatible API.
         * @enum {string}
         */
        Option: "s3";
        /** An option as answered; more may come. */
        OpenOption: components["schemas"]["Option"] | (string & {});
        /** An application key without its secret. */
        ApplicationKey: {
            /** The account that the key belongs to. */
            accountId: string;
            /** The public half of the key. */
            applicationKeyId: string;
            /** The name given at creation. Not necessarily unique. */
            keyName: string;
            /** What the key may do. */
            capabilities: components["schemas"]["OpenCapability"][];
            /** The only buckets that the key may use. Null if it may use all. */
            bucketIds: string[] | null;
            /** Only files whose names start so may be used. Null if there is no such restriction. */
            namePrefix: string | null;
            /**
             * When the key expires, in milliseconds since 1970. Null if it never does.
             * Format: int64
             */
            expirationTimestamp: number | null;
            /** Features of the key. Usually `s3`; may be absent. */
            options?: components["schemas"]["OpenOption"][];
        };
        /** A new application key with its secret. */
        CreatedApplicationKey: components["schemas"]["ApplicationKey"] & {
            /** The secret half of the key. Answered only here, once. */
            applicationKey: string;
        };
        /** The key to create. */
        CreateKeyRequest: {
            /** The account of the token. */
            accountId: string;
            /**
             * What the key may do. With bucketIds only those of one bucket are allowed: listAllBucketNames,
             * listBuckets, readBuckets, the read and write pairs of bucket encryption, notifications, retentions
             * and (2022 pages only) replications, listFiles, readFiles, shareFiles, writeFiles, deleteFiles, the
             * read and write pairs of file retentions and legal holds, bypassGovernance.
             */
            capabilities: components["schemas"]["Capability"][];
            /** A name for people, 1 to 100 ASCII letters, digits and hyphens. Need not be unique. */
            keyName: string;
            /**
             * The key expires after this many seconds, less than 1,000 days. Null or absent for never.
             * Format: int64
             */
            validDurationInSeconds?: number | null;
            /**
             * The only buckets that the key may use. Null or absent for all. What an empty list means is not
             * documented: do not send one.
             */
            bucketIds?: string[] | null;
            /**
             * The key may use only files whose names start so, up to 1,024 bytes. Null or absent for all. Allowed
             * without bucketIds today; the pages of 2022 required a bucket.
             */
            namePrefix?: string | null;
        };
        /** Which page of keys. */
        ListKeysRequest: {
            /** The account of the token. */
            accountId: string;
            /**
             * Most keys to answer. 0 means the default. Every 1,000 answered cost one transaction.
             * @default 100
             */
            maxKeyCount?: number | null;
            /** The first key to answer: nextApplicationKeyId of the page before. Null or absent for the first page. */
            startApplicationKeyId?: string | null;
        };
        /** A page of keys. */
        ListKeysResponse: {
            /** The keys of this page, possibly none. */
            keys: components["schemas"]["ApplicationKey"][];
            /**
             * Send it as startApplicationKeyId for the next page. Null at the end. Not necessarily the ID of a
             * key.
             */
            nextApplicationKeyId: string | null;
        };
        /** The key to delete. */
        DeleteKeyRequest: {
            /** The public half of the key. */
            applicationKeyId: string;
        };
        /**
         * Who may read a bucket, or what it is for.
         *
         * - `allPublic`: anyone may download its files.
         * - `allPrivate`: downloads need a token.
         * - `snapshot`, `restricted`, `shared`: cannot be created or chosen through this API.
         * @enum {string}
         */
        BucketType: "allPublic" | "allPrivate" | "restricted" | "snapshot" | "shared";
        /** A bucket type as answered; the service may add others. */
        OpenBucketType: components["schemas"]["BucketType"] | (string & {});
        /**
         * A bucket type that a client may choose, `allPublic` (anyone may download) or `allPrivate`.
         * @enum {string}
         */
        SettableBucketType: "allPublic" | "allPrivate";
        /**
         * A bucket type to list, or `all` for every type including future ones.
         * @enum {string}
         */
        BucketTypeFilter: "allPublic" | "allPrivate" | "restricted" | "snapshot" | "shared" | "all";
        /**
         * Strings that the user keeps with a bucket. An entry `Cache-Control` is the default for its
         * downloads.
         */
        BucketInfo: {
            [key: string]: string;
        };
        /**
         * At most 10 strings to keep with a bucket. Keys are 1 to 50 ASCII letters, digits and - _ . ` ~ ! # $
         * % ^ & * ' + |, and do not start with `b2-`. An entry `Cache-Control` becomes the default of that
         * header for downloads. Sources differ on the size of values: 10,000 bytes for all together, 10,000
         * each or 2,048 each; stay below 2,048 each and 10,000 together.
         */
        BucketInfoRequest: {
            [key: string]: string;
        };
        /** A bucket and its settings. */
        Bucket: {
            /** The account that the bucket belongs to. */
            accountId: string;
            /** The bucket's ID, which other calls ask for. */
            bucketId: string;
            /** The bucket's name, unique among all customers regardless of case. */
            bucketName: string;
            /** A bucket type as answered; the service may add others. */
            bucketType: components["schemas"]["OpenBucketType"];
            /**
             * Strings that the user keeps with a bucket. An entry `Cache-Control` is the default for its
             * downloads.
             */
            bucketInfo: components["schemas"]["BucketInfo"];
            /** Rules for browsers of other origins. Empty if there are none. */
            corsRules: components["schemas"]["CorsRule"][];
            /** Rules that hide and delete old versions. Empty if there are none. */
            lifecycleRules: components["schemas"]["LifecycleRule"][];
            /** The file lock of a bucket, for keys with readBucketRetentions. */
            fileLockConfiguration: components["schemas"]["ReadableFileLockConfiguration"];
            /** The default encryption of a bucket, for keys with readBucketEncryption. */
            defaultServerSideEncryption: components["schemas"]["ReadableDefaultServerSideEncryption"];
            /** The replication of a bucket, for keys with readBucketReplications. Absent from older answers. */
            replicationConfiguration?: components["schemas"]["ReadableReplicationConfiguration"];
            /** Features of the bucket, a set. Usually `s3`; may be absent. */
            options?: components["schemas"]["OpenOption"][];
            /**
             * Rises with every change of the bucket. A new bucket need not be at 1.
             * Format: int64
             */
            revision: number;
        };
        /** The bucket to create. */
        CreateBucketRequest: {
            /** The account of the token. */
            accountId: string;
            /**
             * 6 to 63 ASCII letters, digits and hyphens, not starting with `b2-`, unique among all customers
             * regardless of case. Older pages say 50; a simulator also allows full stops, the documentation does
             * not.
             */
            bucketName: string;
            /** A bucket type that a client may choose, `allPublic` (anyone may download) or `allPrivate`. */
            bucketType: components["schemas"]["SettableBucketType"];
            /** Strings to keep with the bucket. Null or absent for none. */
            bucketInfo?: components["schemas"]["BucketInfoRequest"] | null;
            /** Rules for browsers of other origins, at most 100. Null or absent for none. */
            corsRules?: components["schemas"]["CorsRuleRequest"][] | null;
            /**
             * Whether files can be locked. Cannot be undone. True needs writeBucketRetentions.
             * @default false
             */
            fileLockEnabled?: boolean | null;
            /** Rules that hide and delete old versions, at most 100. Null or absent for none. */
            lifecycleRules?: components["schemas"]["LifecycleRule"][] | null;
            /**
             * Replication from or to other buckets. Null or absent for none. Needs writeBucketReplications, and an
             * account with a verified e-mail address and a payment history.
             */
            replicationConfiguration?: components["schemas"]["ReplicationConfiguration"] | null;
            /** Encryption of files that ask for none themselves. Needs writeBucketEncryption. */
            defaultServerSideEncryption?: components["schemas"]["BucketServerSideEncryptionRequest"] | null;
            /**
             * Retention of files that ask for none themselves. Sources differ: one SDK sends it here, all others
             * set it afterwards with b2_update_bucket, which is the safe way.
             */
            defaultRetention?: components["schemas"]["DefaultRetentionRequest"] | null;
        };
        /** Which buckets to list. */
        ListBucketsRequest: {
            /** The account of the token. */
            accountId: string;
            /** Only the bucket with this ID. Null or absent for all. */
            bucketId?: string | null;
            /** Only the bucket with this name. Null or absent for all. */
            bucketName?: string | null;
            /**
             * Only buckets of these types; exactly `["all"]` for every type. An empty list, `all` among others, or
             * an unknown type answers 400 bad_request.
             * @default [
             *       "allPublic",
             *       "allPrivate",
             *       "snapshot"
             *     ]
             */
            bucketTypes?: components["schemas"]["BucketTypeFilter"][] | null;
        };
        /** The buckets found. */
        ListBucketsResponse: {
            /** All matching buckets, possibly none. There are no pages. */
            buckets: components["schemas"]["Bucket"][];
        };
        /** The settings to replace. What is null or absent stays as it is. */
        UpdateBucketRequest: {
            /** The account of the token. */
            accountId: string;
            /** The bucket to change. */
            bucketId: string;
            /** The new type. Null or absent leaves it. */
            bucketType?: components["schemas"]["SettableBucketType"] | null;
            /** The new strings, all of them. Null or absent leaves them; `{}` removes all. */
            bucketInfo?: components["schemas"]["BucketInfoRequest"] | null;
            /** The new rules, all of them, at most 100. Null or absent leaves them; `[]` removes all. */
            corsRules?: components["schemas"]["CorsRuleRequest"][] | null;
            /** The new rules, all of them, at most 100. Null or absent leaves them; `[]` removes all. */
            lifecycleRules?: components["schemas"]["LifecycleRule"][] | null;
            /**
             * The new default retention, for buckets with file lock. Null or absent leaves it; send `{mode: null,
             * period: null}` to remove it. Needs writeBucketRetentions.
             */
            defaultRetention?: components["schemas"]["DefaultRetentionRequest"] | null;
            /**
             * The new default encryption. Null or absent leaves it; send mode `none` to remove it. Needs
             * writeBucketEncryption.
             */
            defaultServerSideEncryption?: components["schemas"]["BucketServerSideEncryptionRequest"] | null;
            /**
             * True enables file lock for ever and needs writeBucketRetentions; refused on restricted, snapshot and
             * shared buckets and on buckets with source replication. False is accepted only while lock is off.
             * Null or absent leaves it.
             */
            fileLockEnabled?: boolean | null;
            /**
             * The new replication, both directions. Null or absent leaves it; an object with both members null
             * removes it. Needs writeBucketReplications.
             */
            replicationConfiguration?: components["schemas"]["ReplicationConfiguration"] | null;
            /**
             * Update only if the bucket is at this revision, else 409 conflict. Null or absent for no test.
             * Format: int64
             */
            ifRevisionIs?: number | null;
        };
        /** The bucket to delete. */
        DeleteBucketRequest: {
            /** The account of the token. */
            accountId: string;
            /** The bucket to delete. It must hold no version. */
            bucketId: string;
        };
        /**
         * An operation that a browser may be allowed to call from another origin, native or of the S3 API.
         * @enum {string}
         */
        CorsOperation: "b2_download_file_by_name" | "b2_download_file_by_id" | "b2_upload_file" | "b2_upload_part" | "s3_delete" | "s3_get" | "s3_head" | "s3_post" | "s3_put";
        /** A CORS operation as answered; the service may add others. */
        OpenCorsOperation: components["schemas"]["CorsOperation"] | (string & {});
        /** A rule that lets browsers call some operations from pages of other origins, as answered. */
        CorsRule: {
            /** The rule's name, unique in the bucket. */
            corsRuleName: string;
            /** The origins that the rule applies to, possibly with wildcards. */
            allowedOrigins: string[];
            /** The operations that the rule allows. */
            allowedOperations: components["schemas"]["OpenCorsOperation"][];
            /** Request headers that a page may send. Null or absent for none. */
            allowedHeaders?: string[] | null;
            /** Response headers that a page may read. Null or absent for none. */
            exposeHeaders?: string[] | null;
            /** How many seconds a browser may remember the answer to a preflight request. */
            maxAgeSeconds: number;
        };
        /**
         * A rule that lets browsers call some operations from pages of other origins. At most 100 in a bucket,
         * each below 1,000 bytes as far as known.
         */
        CorsRuleRequest: {
            /**
             * 6 to 63 ASCII letters, digits and hyphens (pages of 2022 say 50), not starting with `b2-`, unique in
             * the bucket.
             */
            corsRuleName: string;
            /**
             * Origins that the rule applies to: `*` alone, or a list of origins such as https://*.example.com or
             * https, each with at most one `*`.
             */
            allowedOrigins: string[];
            /** The operations to allow. */
            allowedOperations: components["schemas"]["CorsOperation"][];
            /**
             * Request headers that a page may send: complete names, `prefix*`, or `*` alone. Null or absent for
             * none.
             */
            allowedHeaders?: string[] | null;
            /** Response headers that a page may read, complete names. Null or absent for none. */
            exposeHeaders?: string[] | null;
            /** How many seconds a browser may remember the answer to a preflight request, up to a day. */
            maxAgeSeconds: number;
        };
        /**
         * A rule that hides or deletes versions by age. At least one of the three ages must be a number. No
         * two rules of a bucket may cover the same file: a prefix that starts with another rule's prefix is
         * refused. The same in requests and responses.
         */
        LifecycleRule: {
            /** The rule applies to files whose names start so. The empty string means all. */
            fileNamePrefix: string;
            /** Hide files this many days after their upload. Null or absent for never. */
            daysFromUploadingToHiding?: number | null;
            /** Delete versions this many days after they were hidden or superseded. Null or absent for never. */
            daysFromHidingToDeleting?: number | null;
            /**
             * Cancel large files that are unfinished this many days after their start. Null or absent for never;
             * older servers leave it out.
             */
            daysFromStartingToCancelingUnfinishedLargeFiles?: number | null;
        };
        /**
         * What a bucket replicates to others and accepts from others. At least one member must be given; both
         * null removes the configuration. The same in requests and responses.
         */
        ReplicationConfiguration: {
            /** What is copied from this bucket. Null or absent for nothing. */
            asReplicationSource?: components["schemas"]["ReplicationSource"] | null;
            /** Which keys may copy into this bucket. Null or absent for none. */
            asReplicationDestination?: components["schemas"]["ReplicationDestination"] | null;
        };
        /** What is copied from a bucket to others. */
        ReplicationSource: {
            /** The key with which the service reads this bucket. */
            sourceApplicationKeyId: string;
            /** The rules. */
            replicationRules: components["schemas"]["ReplicationRule"][];
        };
        /** Copies the files below one prefix to one bucket. */
        ReplicationRule: {
            /** A name, unique in the bucket; 1 to 64 letters, digits, underscores and hyphens. */
            replicationRuleName: string;
            /** The bucket to copy to. */
            destinationBucketId: string;
            /** Only files whose names start so are copied. The empty string means all. */
            fileNamePrefix: string;
            /** Whether files are copied that were there before the rule. */
            includeExistingFiles: boolean;
            /** Whether the rule works. */
            isEnabled: boolean;
            /**
             * Decides between rules that match one file. One vendor SDK says that the higher number wins, another
             * the lower; this description follows the former. The Python SDK uses 128 by default.
             */
            priority: number;
        };
        /** Which keys may copy files into a bucket. */
        ReplicationDestination: {
            /** From the ID of the key that reads the source bucket to the ID of the key that writes this bucket. */
            sourceToDestinationKeyMapping: {
                [key: string]: string;
            };
        };
        /** The replication of a bucket, for keys with readBucketReplications. Absent from older answers. */
        ReadableReplicationConfiguration: {
            /** Whether the key may see the value. */
            isClientAuthorizedToRead: boolean;
            /** The replication. Null if there is none, or if the key may not see it. */
            value: components["schemas"]["ReplicationConfiguration"] | null;
        };
        /** The default encryption of a bucket, as answered. */
        BucketServerSideEncryption: {
            /**
             * `SSE-B2`, or null if there is no default. Sources differ: recorded traffic has null, some clients
             * also expect `none`; read both as no default.
             * @enum {string|null}
             */
            mode: "SSE-B2" | "none" | null;
            /**
             * `AES256`, or null if there is no default.
             * @enum {string|null}
             */
            algorithm: "AES256" | null;
        };
        /**
         * The default encryption to set. SSE-C cannot be a default. Once the service encrypts every new file
         * with SSE-B2 (announced for 2026-09-14), removing the default has no effect.
         */
        BucketServerSideEncryptionRequest: {
            /**
             * Keys managed by the service.
             * @constant
             */
            mode: "SSE-B2";
            /**
             * The only algorithm.
             * @constant
             */
            algorithm: "AES256";
        } | {
            /**
             * Sources differ: most clients send `none`, some send null; send `none`.
             * @enum {string|null}
             */
            mode: "none" | null;
            /** Null or absent. */
            algorithm?: null;
        };
        /** The default encryption of a bucket, for keys with readBucketEncryption. */
        ReadableDefaultServerSideEncryption: {
            /** Whether the key may see the value. */
            isClientAuthorizedToRead: boolean;
            /** The default encryption. Null if the key may not see it. */
            value: components["schemas"]["BucketServerSideEncryption"] | null;
        };
        /**
         * How strictly a version is locked. `governance` can be shortened or removed with the capability
         * bypassGovernance; `compliance` can only be made longer, by anybody.
         * @enum {string}
         */
        RetentionMode: "governance" | "compliance";
        /**
         * How long files are kept after their upload. The sum of days (a year counting 365) is at most 3,000,
         * according to a simulator; the same in requests and responses.
         */
        RetentionPeriod: {
            /** How many units. */
            duration: number;
            /**
             * The unit of duration.
             * @enum {string}
             */
            unit: "days" | "years";
        };
        /** The default retention of a bucket, as answered. */
        DefaultRetention: {
            /** The mode, or null if there is no default. */
            mode: components["schemas"]["RetentionMode"] | null;
            /** The period, or null if there is no default. */
            period: components["schemas"]["RetentionPeriod"] | null;
        };
        /** The default retention to set for a bucket with file lock. */
        DefaultRetentionRequest: {
            /**
             * How strictly a version is locked. `governance` can be shortened or removed with the capability
             * bypassGovernance; `compliance` can only be made longer, by anybody.
             */
            mode: components["schemas"]["RetentionMode"];
            /**
             * How long files are kept after their upload. The sum of days (a year counting 365) is at most 3,000,
             * according to a simulator; the same in requests and responses.
             */
            period: components["schemas"]["RetentionPeriod"];
        } | {
            /**
             * Sources differ: null was tested against the service, one SDK sends `none`; send null.
             * @enum {string|null}
             */
            mode: "none" | null;
            /** Null; may be absent with `none`. */
            period?: null;
        };
        /** Whether files of a bucket can be locked, and for how long by default. */
        FileLockConfiguration: {
            /** Whether files can be locked. Once true it stays true. */
            isFileLockEnabled: boolean;
            /** The default retention of a bucket, as answered. */
            defaultRetention: components["schemas"]["DefaultRetention"];
        };
        /** The file lock of a bucket, for keys with readBucketRetentions. */
        ReadableFileLockConfiguration: {
            /** Whether the key may see the value. */
            isClientAuthorizedToRead: boolean;
            /** The configuration. Null if the key may not see it. */
            value: components["schemas"]["FileLockConfiguration"] | null;
        };
        /**
         * What happens in a bucket. `*` stands for all types of a category.
         *
         * - `b2:ObjectCreated`: `Upload` (one request), `MultipartUpload` (large file finished), `Copy`,
         *   `Replica` and `MultipartReplica` (arrived by replication).
         * - `b2:ObjectDeleted`: `Delete` (by a call), `LifecycleRule`.
         * - `b2:HideMarkerCreated`: `Hide` (by a call), `LifecycleRule`.
         * - `b2:MultipartUploadCreated`: `LiveRead`.
         * @enum {string}
         */
        EventType: "b2:ObjectCreated:*" | "b2:ObjectCreated:Upload" | "b2:ObjectCreated:MultipartUpload" | "b2:ObjectCreated:Copy" | "b2:ObjectCreated:Replica" | "b2:ObjectCreated:MultipartReplica" | "b2:ObjectDeleted:*" | "b2:ObjectDeleted:Delete" | "b2:ObjectDeleted:LifecycleRule" | "b2:HideMarkerCreated:*" | "b2:HideMarkerCreated:Hide" | "b2:HideMarkerCreated:LifecycleRule" | "b2:MultipartUploadCreated:*" | "b2:MultipartUploadCreated:LiveRead";
        /** An event type of a rule as answered; the service may add others. */
        OpenEventType: components["schemas"]["EventType"] | (string & {});
        /**
         * What happened, as webhooks report it. There are no wildcards, and `b2:TestEvent` occurs only here.
         * @enum {string}
         */
        ReportedEventType: "b2:ObjectCreated:Upload" | "b2:ObjectCreated:MultipartUpload" | "b2:ObjectCreated:Copy" | "b2:ObjectCreated:Replica" | "b2:ObjectCreated:MultipartReplica" | "b2:ObjectDeleted:Delete" | "b2:ObjectDeleted:LifecycleRule" | "b2:HideMarkerCreated:Hide" | "b2:HideMarkerCreated:LifecycleRule" | "b2:MultipartUploadCreated:LiveRead" | "b2:TestEvent";
        /** An event type as reported; the service may add others. */
        OpenReportedEventType: components["schemas"]["ReportedEventType"] | (string & {});
        /**
         * The kind of receiver of events.
         * @enum {string}
         */
        TargetType: "webhook";
        /** The kind of receiver as answered; the service may add others. */
        OpenTargetType: components["schemas"]["TargetType"] | (string & {});
        /** A header to add to the requests of a webhook. The same in requests and responses. */
        WebhookHeader: {
            /** The name, unique in the rule regardless of case and not starting with `X-Bz-`. */
            name: string;
            /** The value. */
            value: string;
        };
        /** Where events are sent, as answered. */
        WebhookTarget: {
            /** The kind of receiver as answered; the service may add others. */
            targetType: components["schemas"]["OpenTargetType"];
            /**
             * The receiver's HTTPS URL.
             * Format: uri
             */
            url: string;
            /** Headers to add to each request. Null or absent for none. */
            customHeaders?: components["schemas"]["WebhookHeader"][] | null;
            /** The secret that requests are signed with. Null or absent if they are not signed. */
            hmacSha256SigningSecret?: string | null;
            /**
             * Most events in one request. Sources differ: most place it on the rule, one vendor SDK here; accept
             * both.
             */
            maxEventsPerBatch?: number;
        };
        /** Where to send events. */
        WebhookTargetRequest: {
            /** The kind of receiver of events. */
            targetType: components["schemas"]["TargetType"];
            /**
             * The receiver's HTTPS URL.
             * Format: uri
             */
            url: string;
            /**
             * Headers to add to each request, at most 10. The URL-encoded names and values and 3 bytes for each
             * header add up to at most 2,048 bytes. Null or absent for none.
             */
            customHeaders?: components["schemas"]["WebhookHeader"][] | null;
            /** Exactly 32 ASCII letters and digits; requests are then signed. Null or absent for no signature. */
            hmacSha256SigningSecret?: string | null;
            /**
             * Most events in one request. Sources differ: most place it on the rule, one vendor SDK here; send it
             * on the rule.
             */
            maxEventsPerBatch?: number | null;
        };
        /** A rule by which a bucket reports events, as answered. */
        EventNotificationRule: {
            /** The rule's name, unique in the bucket. */
            name: string;
            /** The event types to report. */
            eventTypes: components["schemas"]["OpenEventType"][];
            /** Whether the rule works. */
            isEnabled: boolean;
            /** Only events of files whose names start so are reported. The empty string means all. */
            objectNamePrefix: string;
            /**
             * Most events in one request. Sources differ: most place it here, one vendor SDK in
             * targetConfiguration; accept both.
             */
            maxEventsPerBatch?: number;
            /** Where events are sent, as answered. */
            targetConfiguration: components["schemas"]["WebhookTarget"];
            /** Whether the service stopped reporting because the receiver failed too often. */
            isSuspended: boolean;
            /** Why the rule is suspended. Empty or null if it is not. */
            suspensionReason: string | null;
        };
        /** A rule by which a bucket shall report events. */
        EventNotificationRuleRequest: {
            /** 6 to 63 ASCII letters, digits and hyphens, not starting with `b2-`, unique in the bucket. */
            name: string;
            /** The event types to report, all of one category, without a wildcard beside one of its members. */
            eventTypes: components["schemas"]["EventType"][];
            /** Whether the rule works. */
            isEnabled: boolean;
            /**
             * Only events of files whose names start so are reported; the empty string means all. Must not overlap
             * the prefix of another rule for the same event type. The service refuses a rule without it.
             */
            objectNamePrefix: string;
            /**
             * Most events in one request. Sources differ: most place it here, one vendor SDK in
             * targetConfiguration; send it here.
             * @default 1
             */
            maxEventsPerBatch?: number | null;
            /** Where to send events. */
            targetConfiguration: components["schemas"]["WebhookTargetRequest"];
            /** Ignored; accepted so that a rule can be sent back as it was read. */
            isSuspended?: boolean | null;
            /** Ignored; accepted so that a rule can be sent back as it was read. */
            suspensionReason?: string | null;
        };
        /** The event notification rules of a bucket. */
        GetBucketNotificationRulesResponse: {
            /** The bucket. */
            bucketId: string;
            /** The rules in alphabetical order of their names. Empty if there are none. */
            eventNotificationRules: components["schemas"]["EventNotificationRule"][];
        };
        /** The new list of rules. */
        SetBucketNotificationRulesRequest: {
            /** The bucket. */
            bucketId: string;
            /** All rules that the bucket shall have, at most 25. `[]` removes all. */
            eventNotificationRules: components["schemas"]["EventNotificationRuleRequest"][];
        };
        /** The event notification rules of a bucket after the change. */
        SetBucketNotificationRulesResponse: {
            /** The bucket. */
            bucketId: string;
            /** The rules in alphabetical order of their names. Empty if there are none. */
            eventNotificationRules: components["schemas"]["EventNotificationRule"][];
        };
        /** The body of a webhook request. */
        EventNotification: {
            /** The events, 1 to maxEventsPerBatch of the rule (at most 50), in no particular order. */
            events: components["schemas"]["EventNotificationEvent"][];
        };
        /** One event of a bucket. */
        EventNotificationEvent: {
            /** The account that the bucket belongs to. */
            accountId: string;
            /** The bucket in which it happened. */
            bucketId: string;
            /** The bucket's name. */
            bucketName: string;
            /** Identifies the event. The same event may arrive more than once. */
            eventId: string;
            /**
             * When it happened, in milliseconds since 1970.
             * Format: int64
             */
            eventTimestamp: number;
            /** An event type as reported; the service may add others. */
            eventType: components["schemas"]["OpenReportedEventType"];
            /** Version of this structure, currently 1. */
            eventVersion: number;
            /** The rule that caused the report. */
            matchedRuleName: string;
            /** The file's name. Absent for test events. */
            objectName?: string | null;
            /**
             * The file's size in bytes. Absent or null for test events. Sources differ on deletions and hide
             * markers: one vendor SDK expects null, the guide gives a size for deletions and 0 for hide markers;
             * accept both.
             * Format: int64
             */
            objectSize?: number | null;
            /** The version's fileId. Absent for test events. */
            objectVersionId?: string | null;
        };
        /** Why a call failed. */
        Error: {
            /** The HTTP status again. */
            status: number;
            /** An error code as answered; the service may add others. */
            code: components["schemas"]["OpenErrorCode"];
            /** English text for people. May be empty, and may change at any time. */
            message: string;
        };
        /**
         * A stable identifier of what went wrong; the meaning of each stands in x-b2-standard-errors and in
         * x-b2-errors of the operations.
         * @enum {string}
         */
        ErrorCode: "access_denied" | "already_hidden" | "auth_token_limit" | "bad_auth_token" | "bad_bucket_id" | "bad_json" | "bad_request" | "bucket_missing_file_lock" | "cannot_delete_non_empty_bucket" | "cap_exceeded" | "conflict" | "download_cap_exceeded" | "duplicate_bucket_name" | "email_not_verified" | "event_type_categories" | "event_type_invalid" | "event_type_overlap" | "event_types_empty" | "expired_auth_token" | "file_lock_conflict" | "file_lock_not_enabled" | "file_not_present" | "internal_error" | "invalid_bucket_id" | "invalid_file_id" | "method_not_allowed" | "missing_auth_token" | "missing_part" | "no_payment_history" | "no_such_file" | "not_found" | "out_of_range" | "part_sha1_mismatch" | "range_not_satisfiable" | "request_timeout" | "restricted_bucket_conflict" | "service_unavailable" | "source_replication_conflict" | "source_too_large" | "storage_cap_exceeded" | "too_many_buckets" | "too_many_requests" | "transaction_cap_exceeded" | "unauthorized" | "unsupported";
        /** An error code as answered; the service may add others. */
        OpenErrorCode: components["schemas"]["ErrorCode"] | (string & {});
        /**
         * ID of one file version, given by the service, at most 200 characters. Treat it as opaque. Every
         * upload, hide marker and started large file has one of its own.
         */
        FileId: string;
        /**
         * Name of a file as plain text: 1 to 1,024 bytes of UTF-8, no characters below U+0020 and no U+007F.
         * `/` has no meaning to the service, except as a delimiter in listings. Older pages and some clients
         * also refuse `/` at either end, `//`, backslashes, and segments over 250 bytes; the service seems to
         * accept them.
         */
        FileName: string;
        /** A SHA-1 digest as 40 hexadecimal digits. */
        Sha1: string;
        /**
         * Facts that the uploader attached to a file: keys in lower case, values plain text; empty when there
         * are none. Well-known keys are listed at FileInfoRequest.
         */
        FileInfo: {
            [key: string]: string;
        };
        /**
         * Facts to attach to a file. Keys have 1 to 50 bytes out of letters, digits and -_.`~!#$%^&*'+| and
         * are lower-cased by the service; those that begin with `b2-` are reserved for the five below, and an
         * unknown one or an invalid value fails the upload with 400. Values are any text. Names, values and
         * header overhead, encoded, share the limit of 7,000 (2,048) bytes with the file name. Older pages
         * also limit a file to 10 entries; sources differ on whether that still holds, so stay within it.
         */
        FileInfoRequest: {
            /** When the source was last modified, in milliseconds since 1970-01-01 UTC, as decimal digits. */
            src_last_modified_millis?: string;
            /** SHA-1 of a whole large file, 40 hexadecimal digits; the service records no other. */
            large_file_sha1?: string;
            /**
             * `Content-Disposition` of downloads. RFC 6266 without continuations; extended values only as UTF-8
             * with empty language.
             */
            "b2-content-disposition"?: string;
            /** `Content-Language` of downloads. */
            "b2-content-language"?: string;
            /** `Expires` of downloads, an HTTP date. */
            "b2-expires"?: string;
            /** `Cache-Control` of downloads; beats the bucket's own setting. */
            "b2-cache-control"?: string;
            /** `Content-Encoding` of downloads, a label only. */
            "b2-content-encoding"?: string;
        } & {
            [key: string]: string;
        };
        /**
         * What an entry is: `upload` a stored file, `start` an unfinished large file, `hide` a hide marker,
         * `folder` names grouped by the delimiter (nothing stored), `copy` a stored file, only in the answer
         * of `b2_copy_file`.
         * @enum {string}
         */
        FileAction: "start" | "upload" | "hide" | "folder" | "copy";
        /** A FileAction, or one that the service added since. */
        OpenFileAction: components["schemas"]["FileAction"] | (string & {});
        /**
         * State of a file's replication: `PENDING`, `COMPLETED` or `FAILED` on the source, `REPLICA` on the
         * copy. Sources differ on the letter case; clients should accept both.
         * @enum {string}
         */
        ReplicationStatus: "PENDING" | "COMPLETED" | "FAILED" | "REPLICA" | "pending" | "completed" | "failed" | "replica";
        /** A ReplicationStatus, or one that the service added since. */
        OpenReplicationStatus: components["schemas"]["ReplicationStatus"] | (string & {});
        /**
         * Where a copy takes content type and file info from. `COPY` the source, `REPLACE` the request.
         * @enum {string}
         */
        MetadataDirective: "COPY" | "REPLACE";
        /**
         * Whether a legal hold keeps a version from being deleted.
         * @enum {string}
         */
        LegalHold: "on" | "off";
        /** A version's legal hold, as far as the key may read it (readFileLegalHolds). */
        ReadableLegalHold: {
            /** Whether the key may read the value. If not, the value is null and says nothing. */
            isClientAuthorizedToRead: boolean;
            /** The legal hold; null when none was ever set (the same as `off`) or the key may not read it. */
            value: components["schemas"]["LegalHold"] | null;
        };
        /** A version's retention. Both members are null when there is none. */
        FileRetention: {
            /** Retention mode; null for no retention. */
            mode: components["schemas"]["RetentionMode"] | null;
            /**
             * Until when the version is kept, in milliseconds since 1970-01-01 UTC; null for no retention.
             * Format: int64
             */
            retainUntilTimestamp: number | null;
        };
        /**
         * The retention to set; needs writeFileRetentions and a bucket with file lock enabled. Give both
         * members, or null for both to remove a retention (governance only). Sources differ on "none" (a mode
         * `none`, or null); write null.
         */
        FileRetentionRequest: {
            /** Retention mode; null removes the retention. */
            mode: components["schemas"]["RetentionMode"] | null;
            /**
             * Until when to keep the version, in milliseconds since 1970-01-01 UTC; null together with the mode.
             * Format: int64
             */
            retainUntilTimestamp: number | null;
        };
        /** A version's retention, as far as the key may read it (readFileRetentions). */
        ReadableFileRetention: {
            /** Whether the key may read the value. If not, the value is null and says nothing. */
            isClientAuthorizedToRead: boolean;
            /** The retention; null when the key may not read it. */
            value: components["schemas"]["FileRetention"] | null;
        };
        /**
         * How the service encrypts a file or part. Both members are null for plain storage. It was announced
         * that from 2026-09-14 every new upload and copy is encrypted with SSE-B2 unless SSE-C is asked for.
         */
        ServerSideEncryption: {
            /**
             * `SSE-B2` with the service's keys, `SSE-C` with the uploader's key, null for none.
             * @enum {string|null}
             */
            mode: "SSE-B2" | "SSE-C" | null;
            /** `AES256`; null for none. */
            algorithm: string | null;
            /** Base64 MD5 of the SSE-C key. One SDK knows it; usually absent. */
            customerKeyMd5?: string | null;
        };
        /**
         * Encryption with the caller's own key (SSE-C). For the source of a copy: the key that the source was
         * stored with, required exactly when that is under SSE-C.
         */
        SourceServerSideEncryptionRequest: {
            /**
             * Always `SSE-C`.
             * @constant
             */
            mode: "SSE-C";
            /**
             * Always `AES256`.
             * @constant
             */
            algorithm: "AES256";
            /** The 32-byte key in base64. The service never answers it. */
            customerKey: string;
            /** MD5 of the 32 bytes of the key, in base64. */
            customerKeyMd5: string;
        };
        /**
         * How to encrypt a new file: `SSE-B2` with the service's keys or `SSE-C` with the caller's. Leave the
         * field out for the bucket's default.
         */
        FileServerSideEncryptionRequest: {
            /**
             * Always `SSE-B2`.
             * @constant
             */
            mode: "SSE-B2";
            /**
             * Always `AES256`.
             * @constant
             */
            algorithm: "AES256";
        } | components["schemas"]["SourceServerSideEncryptionRequest"];
        /**
         * One entry of a listing: a stored file, an unfinished large file, a hide marker or a folder; `action`
         * says which. Only a folder lacks an ID.
         */
        FileVersion: {
            /** Account that owns the bucket. */
            accountId: string;
            /** What the entry is. */
            action: components["schemas"]["OpenFileAction"];
            /** Bucket that holds the file. */
            bucketId: string;
            /**
             * Length in bytes; 0 for `start`, `hide` and `folder`.
             * Format: int64
             */
            contentLength: number;
            /**
             * MD5 as 32 hexadecimal digits; null for large files, folders, and some others (old or encrypted
             * files). For a hide marker null, or the digest of nothing: sources differ.
             */
            contentMd5: string | null;
            /**
             * SHA-1 as 40 hexadecimal digits; `unverified:` and the digits when the upload asked for no check;
             * `none` for large files, finished or not (see the file info `large_file_sha1`); null for folders. For
             * a hide marker null by the service's pages, the digest of nothing in recorded answers; accept both.
             */
            contentSha1: string | null;
            /** MIME type; `application/x-bz-hide-marker` for hide markers, null for folders. */
            contentType: string | null;
            /** ID of the version; null for folders. */
            fileId: string | null;
            /** File info; empty when there is none. */
            fileInfo: components["schemas"]["FileInfo"];
            /** Name as plain text. Names of folders end with the delimiter. */
            fileName: string;
            /** Retention; absent for hide markers and folders. */
            fileRetention?: components["schemas"]["ReadableFileRetention"];
            /** Legal hold; absent for hide markers and folders. */
            legalHold?: components["schemas"]["ReadableLegalHold"];
            /** Encryption; absent for hide markers and folders. */
            serverSideEncryption?: components["schemas"]["ServerSideEncryption"];
            /** State of the replication; absent when no replication rule applies. */
            replicationStatus?: components["schemas"]["OpenReplicationStatus"];
            /**
             * Time of the upload (large files: of the start), in milliseconds since 1970-01-01 UTC, often rounded
             * to seconds; 0 for folders.
             * Format: int64
             */
            uploadTimestamp: number;
        };
        /** A FileVersion that has an ID and a content type, that is everything but a folder. */
        StoredFileVersion: components["schemas"]["FileVersion"] & {
            /** ID of the version. */
            fileId: string;
            /** MIME type; `application/x-bz-hide-marker` for hide markers. */
            contentType: string;
        };
        /** One part of an unfinished large file. */
        Part: {
            /** The large file. */
            fileId: string;
            /** Number of the part, from 1. */
            partNumber: number;
            /**
             * Length of the part in bytes.
             * Format: int64
             */
            contentLength: number;
            /** SHA-1 of the part, 40 hexadecimal digits, as `b2_finish_large_file` wants it. */
            contentSha1: string;
            /** MD5 of the part as 32 hexadecimal digits, or null. */
            contentMd5: string | null;
            /** Encryption of the part, that of its large file. */
            serverSideEncryption: components["schemas"]["ServerSideEncryption"];
            /**
             * When the part was stored, in milliseconds since 1970-01-01 UTC; listings round it to seconds.
             * Format: int64
             */
            uploadTimestamp: number;
        };
        /** Asks for an upload URL. */
        GetUploadUrlRequest: {
            /** Bucket to upload to. */
            bucketId: string;
        };
        /** An upload URL and the token that goes with it. */
        GetUploadUrlResponse: {
            /** Bucket that uploads will go to. */
            bucketId: string;
            /**
             * Where to POST files to, one at a time. Opaque.
             * Format: uri
             */
            uploadUrl: string;
            /** Token for that URL only, valid for 24 hours or until the URL rejects an upload. */
            authorizationToken: string;
        };
        /** Asks for a copy. */
        CopyFileRequest: {
            /** Version to copy from. */
            sourceFileId: components["schemas"]["FileId"];
            /** Bucket to copy to, of the same account. Left out, the bucket of the source. */
            destinationBucketId?: string;
            /** Name of the copy, as plain text. */
            fileName: components["schemas"]["FileName"];
            /**
             * Bytes to copy, `bytes=first-last`, both ends included. Left out, the whole file. Outside the source
             * it answers 416 `range_not_satisfiable`.
             */
            range?: string;
            /**
             * Whether content type and file info come from the source (`COPY`, the default) or from here.
             * @default COPY
             */
            metadataDirective?: components["schemas"]["MetadataDirective"];
            /** Content type of the copy. Required with `REPLACE`; with `COPY` it answers 400. */
            contentType?: string;
            /** File info of the copy. Only with `REPLACE`. */
            fileInfo?: components["schemas"]["FileInfoRequest"];
            /** Retention of the copy. */
            fileRetention?: components["schemas"]["FileRetentionRequest"];
            /** Legal hold of the copy; needs writeFileLegalHolds and a bucket with file lock enabled. */
            legalHold?: components["schemas"]["LegalHold"];
            /** Key of a source under SSE-C; only and always for such a source. */
            sourceServerSideEncryption?: components["schemas"]["SourceServerSideEncryptionRequest"];
            /**
             * Encryption of the copy. Left out, the bucket's default. Some sources also list `{"mode":"none"}`;
             * leaving the field out is the safe way to ask for nothing.
             */
            destinationServerSideEncryption?: components["schemas"]["FileServerSideEncryptionRequest"] | {
                /**
                 * Always `none`.
                 * @constant
                 */
                mode: "none";
            };
        };
        /** Names a file version. */
        GetFileInfoRequest: {
            /** The version. */
            fileId: components["schemas"]["FileId"];
        };
        /** Asks for a page of files. Null in an optional field is the same as leaving it out. */
        ListFileNamesRequest: {
            /** Bucket to list. */
            bucketId: string;
            /**
             * First name to list, included; the first name after it if it does not exist. Left out, the start.
             * Pass the `nextFileName` of the page before.
             */
            startFileName?: string | null;
            /**
             * Most entries to answer; 0 means the default of 100. Every 1,000 entries answered count as one
             * transaction.
             * @default 100
             */
            maxFileCount?: number;
            /**
             * Lists only names that begin with it. Left out or empty, all. A key restricted to a name prefix must
             * give one at least as narrow.
             */
            prefix?: string | null;
            /**
             * One character, usually `/`. Names that hold it after the prefix are grouped up to and including it,
             * as one entry with action `folder`.
             */
            delimiter?: string | null;
        };
        /** A page of files. */
        ListFileNamesResponse: {
            /** Files and folders in the order of their names' UTF-8 bytes. */
            files: components["schemas"]["FileVersion"][];
            /** Where the next page starts; null on the last page. */
            nextFileName: string | null;
        };
        /** Asks for a page of file versions. Null in an optional field is the same as leaving it out. */
        ListFileVersionsRequest: {
            /** Bucket to list. */
            bucketId: string;
            /**
             * First name to list, included; the first name after it if it does not exist. Left out, the start.
             * Pass the `nextFileName` of the page before.
             */
            startFileName?: string | null;
            /**
             * First version of `startFileName` to list, included; not without that field. Pass the `nextFileId` of
             * the page before.
             */
            startFileId?: string | null;
            /**
             * Most entries to answer; 0 means the default of 100. Every 1,000 entries answered count as one
             * transaction.
             * @default 100
             */
            maxFileCount?: number;
            /**
             * Lists only names that begin with it. Left out or empty, all. A key restricted to a name prefix must
             * give one at least as narrow.
             */
            prefix?: string | null;
            /**
             * One character, usually `/`. Names that hold it after the prefix are grouped up to and including it,
             * as one entry with action `folder`.
             */
            delimiter?: string | null;
        };
        /** A page of file versions. */
        ListFileVersionsResponse: {
            /** Versions in the order of their names' UTF-8 bytes, those of one name from newest to oldest. */
            files: components["schemas"]["FileVersion"][];
            /** Where the next page starts; null on the last page. */
            nextFileName: string | null;
            /** Version at which the next page starts; null on the last page, and when the next entry is a folder. */
            nextFileId: string | null;
        };
        /** Names a file to hide. */
        HideFileRequest: {
            /** Bucket that holds the file. */
            bucketId: string;
            /** Name to hide, as plain text. */
            fileName: components["schemas"]["FileName"];
        };
        /** Names a version to delete. */
        DeleteFileVersionRequest: {
            /** Name of the version. */
            fileName: components["schemas"]["FileName"];
            /** ID of the version. */
            fileId: components["schemas"]["FileId"];
            /**
             * True deletes a version in spite of governance retention; needs the capability bypassGovernance.
             * @default false
             */
            bypassGovernance?: boolean;
        };
        /** The version that was deleted. */
        DeleteFileVersionResponse: {
            /** ID of the version. */
            fileId: string;
            /** Name of the version. */
            fileName: string;
        };
        /** Says what a download token is to be good for. */
        GetDownloadAuthorizationRequest: {
            /** Bucket to download from. */
            bucketId: string;
            /**
             * The token is good for names that begin with it; empty for the whole bucket. Must fit the key's
             * prefix.
             */
            fileNamePrefix: string;
            /** How long the token lives, in seconds, up to a week. */
            validDurationInSeconds: number;
            /**
             * The only `b2ContentDisposition` that downloads may and must carry. RFC 6266, without parameter names
             * that hold `*`.
             */
            b2ContentDisposition?: string;
            /** The only `b2ContentLanguage` that downloads may and must carry. */
            b2ContentLanguage?: string;
            /** The only `b2Expires` that downloads may and must carry, an HTTP date. */
            b2Expires?: string;
            /** The only `b2CacheControl` that downloads may and must carry. */
            b2CacheControl?: string;
            /** The only `b2ContentEncoding` that downloads may and must carry. */
            b2ContentEncoding?: string;
            /** The only `b2ContentType` that downloads may and must carry. */
            b2ContentType?: string;
        };
        /** A download token. */
        GetDownloadAuthorizationResponse: {
            /** Bucket that the token is good for. */
            bucketId: string;
            /** Prefix of the names that the token is good for. */
            fileNamePrefix: string;
            /** The token, for downloads by name. */
            authorizationToken: string;
        };
        /** Says which version gets which legal hold. */
        UpdateFileLegalHoldRequest: {
            /** Name of the version. */
            fileName: components["schemas"]["FileName"];
            /** ID of the version. */
            fileId: components["schemas"]["FileId"];
            /** The legal hold to set, as a bare value. */
            legalHold: components["schemas"]["LegalHold"];
        };
        /** The legal hold of a version. */
        UpdateFileLegalHoldResponse: {
            /** Name of the version. */
            fileName: string;
            /** ID of the version. */
            fileId: string;
            /** The legal hold as it is now, as a bare value. */
            legalHold: components["schemas"]["LegalHold"];
        };
        /** Says which version gets which retention. */
        UpdateFileRetentionRequest: {
            /** Name of the version. */
            fileName: components["schemas"]["FileName"];
            /** ID of the version. */
            fileId: components["schemas"]["FileId"];
            /** The retention to set, as a bare value. */
            fileRetention: components["schemas"]["FileRetentionRequest"];
            /**
             * True removes or shortens governance retention; needs the capability bypassGovernance.
             * @default false
             */
            bypassGovernance?: boolean;
        };
        /** The retention of a version. */
        UpdateFileRetentionResponse: {
            /** Name of the version. */
            fileName: string;
            /** ID of the version. */
            fileId: string;
            /** The retention as it is now, as a bare value. */
            fileRetention: components["schemas"]["FileRetention"];
        };
        /** Describes a large file to begin. */
        StartLargeFileRequest: {
            /** Bucket that will hold the file. */
            bucketId: string;
            /** Name of the file, as plain text. */
            fileName: components["schemas"]["FileName"];
            /** MIME type of the file; `b2/x-auto` lets the service choose by the name's extension, at once. */
            contentType: string;
            /**
             * Upload time to record instead of now, in milliseconds since 1970-01-01 UTC; not in the future.
             * Lifecycle rules count from it. Backblaze support must enable it for the account. Sources differ: a
             * number, or a string of decimal digits; both are described, so a server should accept both.
             * Format: int64
             */
            customUploadTimestamp?: number | string;
            /** File info of the file; put `large_file_sha1` in when it is known. */
            fileInfo?: components["schemas"]["FileInfoRequest"];
            /** Retention of the file. */
            fileRetention?: components["schemas"]["FileRetentionRequest"];
            /** Legal hold of the file; needs writeFileLegalHolds and a bucket with file lock enabled. */
            legalHold?: components["schemas"]["LegalHold"];
            /** Encryption of the file. An SSE-C key must be given again with every part. */
            serverSideEncryption?: components["schemas"]["FileServerSideEncryptionRequest"];
        };
        /** Asks for an upload URL for parts. */
        GetUploadPartUrlRequest: {
            /** The large file. */
            fileId: components["schemas"]["FileId"];
        };
        /** An upload URL for parts and the token that goes with it. */
        GetUploadPartUrlResponse: {
            /** Large file that the parts will belong to. */
            fileId: string;
            /**
             * Where to POST parts to, one at a time. Opaque.
             * Format: uri
             */
            uploadUrl: string;
            /** Token for that URL only, valid for 24 hours or until the URL rejects an upload. */
            authorizationToken: string;
        };
        /** Asks for a part made from a stored file. */
        CopyPartRequest: {
            /** Version to copy from. */
            sourceFileId: components["schemas"]["FileId"];
            /** Unfinished large file to copy to. */
            largeFileId: components["schemas"]["FileId"];
            /** Number of the part. */
            partNumber: number;
            /** Bytes to copy, `bytes=first-last`, both ends included. Left out, the whole file. */
            range?: string;
            /** Key of a source under SSE-C; only and always for such a source. */
            sourceServerSideEncryption?: components["schemas"]["SourceServerSideEncryptionRequest"];
            /**
             * Needed when the large file was started with SSE-C, with the same key. For SSE-B2 nothing needs to be
             * repeated.
             */
            destinationServerSideEncryption?: components["schemas"]["FileServerSideEncryptionRequest"];
        };
        /** Asks for a page of parts. Null in an optional field is the same as leaving it out. */
        ListPartsRequest: {
            /** The large file. */
            fileId: components["schemas"]["FileId"];
            /**
             * First part to list, included. Pass the `nextPartNumber` of the page before.
             * @default 1
             */
            startPartNumber?: number | null;
            /**
             * Most parts to answer.
             * @default 100
             */
            maxPartCount?: number;
        };
        /** A page of parts. */
        ListPartsResponse: {
            /** Parts in the order of their numbers. */
            parts: components["schemas"]["Part"][];
            /** Where the next page starts; null on the last page. */
            nextPartNumber: number | null;
        };
        /** Asks for a page of unfinished large files. Null in an optional field is the same as leaving it out. */
        ListUnfinishedLargeFilesRequest: {
            /** Bucket to list. */
            bucketId: string;
            /** Lists only names that begin with it. A key restricted to a name prefix must give one. */
            namePrefix?: string | null;
            /** First file to list, included. Pass the `nextFileId` of the page before. */
            startFileId?: string | null;
            /**
             * Most files to answer.
             * @default 100
             */
            maxFileCount?: number;
        };
        /** A page of unfinished large files. */
        ListUnfinishedLargeFilesResponse: {
            /** Unfinished large files; their action is `start`. */
            files: components["schemas"]["StoredFileVersion"][];
            /** Where the next page starts; null on the last page. It may not be the ID of an existing file. */
            nextFileId: string | null;
        };
        /** Names a large file and the SHA-1 values of its parts. */
        FinishLargeFileRequest: {
            /** The large file. */
            fileId: components["schemas"]["FileId"];
            /** SHA-1 of every part, from part 1 in order. */
            partSha1Array: components["schemas"]["Sha1"][];
        };
        /** Names a large file to drop. */
        CancelLargeFileRequest: {
            /** The large file. */
            fileId: components["schemas"]["FileId"];
        };
        /** The large file that was dropped. */
        CancelLargeFileResponse: {
            /** ID that the file had. */
            fileId: string;
            /** Account that owns the bucket. */
            accountId: string;
            /** Bucket that held the file. */
            bucketId: string;
            /** Name that the file had. */
            fileName: string;
        };
    };
    /** Answers of several calls. */
    responses: {
        /**
         * The call failed. The code says why; see x-b2-errors of the operation and x-b2-standard-errors. A
         * proxy in between may answer an empty body or something that is not JSON.
         */
        Error: {
            headers: {
                /**
                 * Seconds to wait before the next attempt. May accompany 429 and 503; it wins over a computed
                 * back-off.
                 * @example 5
                 */
                "Retry-After"?: number;
                /**
                 * Identifies the request for Backblaze's support. Sources differ: one SDK reads it when present, the
                 * documentation does not mention it.
                 * @example 5f0e1d2c3b4a59687786950a1b2c3d4e
                 */
                "X-Bz-Request-Id"?: string;
                /**
                 * Challenge that comes with a 401 of b2_authorize_account (recorded traffic).
                 * @example BASIC realm="authorize_account"
                 */
                "WWW-Authenticate"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /**
         * The call failed. Answers to HEAD have no body, so only the status and the headers tell why. Treat
         * 401 as an expired token once.
         */
        ErrorWithoutBody: {
            headers: {
                /**
                 * Seconds to wait before the next attempt. May accompany 429 and 503; it wins over a computed
                 * back-off.
                 * @example 5
                 */
                "Retry-After"?: number;
                /**
                 * Identifies the request for Backblaze's support. Sources differ: one SDK reads it when present, the
                 * documentation does not mention it.
                 * @example 5f0e1d2c3b4a59687786950a1b2c3d4e
                 */
                "X-Bz-Request-Id"?: string;
                [name: string]: unknown;
            };
            content?: never;
        };
        /** The whole file, byte for byte as it was stored. */
        FileContent: {
            headers: {
                /**
                 * Number of bytes in this answer; for HEAD, in the answer that GET would give.
                 * @example 11
                 */
                "Content-Length": number;
                /**
                 * MIME type of the file, or the one asked for with `b2ContentType`.
                 * @example text/plain
                 */
                "Content-Type": string;
                /**
                 * Always `bytes`.
                 * @example bytes
                 */
                "Accept-Ranges": string;
                /**
                 * ID of the version.
                 * @example 4_za70bbc1d2e3f405162738495_f1180a1b2c3d4e5f6_d20261120_m101500_c004_v0402010_t0037_u01763633700123
                 */
                "X-Bz-File-Id": string;
                /**
                 * Name of the file; percent-encoded on the wire, where `+` stands for a space.
                 * @example photos/2026/Zürich.txt
                 */
                "X-Bz-File-Name": string;
                /**
                 * SHA-1 of the whole file: 40 hexadecimal digits; `unverified:` and 40 digits when the uploader asked
                 * for no check; `none` for a large file (see its file info `large_file_sha1`).
                 * @example 8c7dcf1ac75e88e91d98a5709c2646d2e32db7b9
                 */
                "X-Bz-Content-Sha1": string;
                /**
                 * Time of the upload, in milliseconds since 1970-01-01 UTC.
                 * @example 1795169700123
                 */
                "X-Bz-Upload-Timestamp": number;
                /**
                 * File info: one header for each entry, named `X-Bz-Info-` and the entry's key in lower case. Here one
                 * object whose keys lack the prefix and whose values are decoded. The `b2-` entries that became
                 * headers of their own (`Content-Disposition` and so on) are not repeated.
                 * @example {
                 *       "src_last_modified_millis": "1790812800000",
                 *       "author": "Ada Lovelace"
                 *     }
                 */
                "X-Bz-Info-*"?: components["schemas"]["FileInfo"];
                /**
                 * From `b2ContentDisposition`, else from the file info `b2-content-disposition`.
                 * @example attachment; filename="zurich.txt"
                 */
                "Content-Disposition"?: string;
                /**
                 * From `b2ContentLanguage`, else from the file info `b2-content-language`.
                 * @example de-CH
                 */
                "Content-Language"?: string;
                /**
                 * From `b2Expires`, else from the file info `b2-expires`.
                 * @example Sat, 20 Nov 2027 00:00:00 GMT
                 */
                Expires?: string;
                /**
                 * From `b2ContentEncoding`, else from the file info `b2-content-encoding`. The bytes are those that
                 * were uploaded; a client that decodes them can no longer compare length and SHA-1.
                 * @example gzip
                 */
                "Content-Encoding"?: string;
                /**
                 * From `b2CacheControl`, else from the file info `b2-cache-control`, else from the bucket info
                 * `Cache-Control`.
                 * @example max-age=3600
                 */
                "Cache-Control"?: string;
                /**
                 * MD5 of the content. Only one client reads it and the service's pages do not mention it; do not rely
                 * on it.
                 * @example 2efe1b2729bac9db676bdac986960673
                 */
                "Content-MD5"?: string;
                /**
                 * `AES256` for a file under SSE-B2; absent otherwise.
                 * @example AES256
                 */
                "X-Bz-Server-Side-Encryption"?: string;
                /**
                 * `AES256` for a file under SSE-C; absent otherwise.
                 * @example AES256
                 */
                "X-Bz-Server-Side-Encryption-Customer-Algorithm"?: string;
                /**
                 * Base64 MD5 of the key of a file under SSE-C; absent otherwise. The key itself is never answered.
                 * @example goEjQ5mwdYNJu1wQ8NAmgw==
                 */
                "X-Bz-Server-Side-Encryption-Customer-Key-Md5"?: string;
                /**
                 * Retention mode, when one is set and the key may read it.
                 * @example governance
                 */
                "X-Bz-File-Retention-Mode"?: components["schemas"]["RetentionMode"];
                /**
                 * End of the retention in milliseconds since 1970-01-01 UTC, when one is set and the key may read it.
                 * @example 1826668800000
                 */
                "X-Bz-File-Retention-Retain-Until-Timestamp"?: number;
                /**
                 * Legal hold, when it is set and the key may read it.
                 * @example on
                 */
                "X-Bz-File-Legal-Hold"?: components["schemas"]["LegalHold"];
                /**
                 * Names of the lock and encryption headers that were left out because the key may not read them,
                 * separated by commas. It is not sent for every file in every bucket, so a missing header alone proves
                 * nothing: look at the key's capabilities. Sources differ on one of the names:
                 * `X-Bz-File-Retention-Retain-Until-Timestamp` or `X-Bz-File-Retain-Until-Timestamp`; accept both.
                 * @example X-Bz-File-Retention-Mode,X-Bz-File-Retention-Retain-Until-Timestamp,X-Bz-File-Legal-Hold
                 */
                "X-Bz-Client-Unauthorized-To-Read"?: string;
                /**
                 * State of the file's replication; absent when no replication rule applies. Letter case varies.
                 * @example COMPLETED
                 */
                "X-Bz-Replication-Status"?: components["schemas"]["OpenReplicationStatus"];
                [name: string]: unknown;
            };
            content: {
                /** @example Hello, B2! */
                "*/*": BinaryContent;
            };
        };
        /** The bytes that `Range` asked for. */
        PartialFileContent: {
            headers: {
                /**
                 * Number of bytes in this range.
                 * @example 5
                 */
                "Content-Length": number;
                /**
                 * MIME type of the file, or the one asked for with `b2ContentType`.
                 * @example text/plain
                 */
                "Content-Type": string;
                /**
                 * Always `bytes`.
                 * @example bytes
                 */
                "Accept-Ranges": string;
                /**
                 * Range that the answer holds, and the length of the whole file.
                 * @example bytes 0-4/11
                 */
                "Content-Range": string;
                /**
                 * ID of the version.
                 * @example 4_za70bbc1d2e3f405162738495_f1180a1b2c3d4e5f6_d20261120_m101500_c004_v0402010_t0037_u01763633700123
                 */
                "X-Bz-File-Id": string;
                /**
                 * Name of the file; percent-encoded on the wire, where `+` stands for a space.
                 * @example photos/2026/Zürich.txt
                 */
                "X-Bz-File-Name": string;
                /**
                 * SHA-1 of the whole file: 40 hexadecimal digits; `unverified:` and 40 digits when the uploader asked
                 * for no check; `none` for a large file (see its file info `large_file_sha1`).
                 * @example 8c7dcf1ac75e88e91d98a5709c2646d2e32db7b9
                 */
                "X-Bz-Content-Sha1": string;
                /**
                 * Time of the upload, in milliseconds since 1970-01-01 UTC.
                 * @example 1795169700123
                 */
                "X-Bz-Upload-Timestamp": number;
                /**
                 * File info: one header for each entry, named `X-Bz-Info-` and the entry's key in lower case. Here one
                 * object whose keys lack the prefix and whose values are decoded. The `b2-` entries that became
                 * headers of their own (`Content-Disposition` and so on) are not repeated.
                 * @example {
                 *       "src_last_modified_millis": "1790812800000",
                 *       "author": "Ada Lovelace"
                 *     }
                 */
                "X-Bz-Info-*"?: components["schemas"]["FileInfo"];
                /**
                 * From `b2ContentDisposition`, else from the file info `b2-content-disposition`.
                 * @example attachment; filename="zurich.txt"
                 */
                "Content-Disposition"?: string;
                /**
                 * From `b2ContentLanguage`, else from the file info `b2-content-language`.
                 * @example de-CH
                 */
                "Content-Language"?: string;
                /**
                 * From `b2Expires`, else from the file info `b2-expires`.
                 * @example Sat, 20 Nov 2027 00:00:00 GMT
                 */
                Expires?: string;
                /**
                 * From `b2ContentEncoding`, else from the file info `b2-content-encoding`. The bytes are those that
                 * were uploaded; a client that decodes them can no longer compare length and SHA-1.
                 * @example gzip
                 */
                "Content-Encoding"?: string;
                /**
                 * From `b2CacheControl`, else from the file info `b2-cache-control`, else from the bucket info
                 * `Cache-Control`.
                 * @example max-age=3600
                 */
                "Cache-Control"?: string;
                /**
                 * MD5 of the content. Only one client reads it and the service's pages do not mention it; do not rely
                 * on it.
                 * @example 2efe1b2729bac9db676bdac986960673
                 */
                "Content-MD5"?: string;
                /**
                 * `AES256` for a file under SSE-B2; absent otherwise.
                 * @example AES256
                 */
                "X-Bz-Server-Side-Encryption"?: string;
                /**
                 * `AES256` for a file under SSE-C; absent otherwise.
                 * @example AES256
                 */
                "X-Bz-Server-Side-Encryption-Customer-Algorithm"?: string;
                /**
                 * Base64 MD5 of the key of a file under SSE-C; absent otherwise. The key itself is never answered.
                 * @example goEjQ5mwdYNJu1wQ8NAmgw==
                 */
                "X-Bz-Server-Side-Encryption-Customer-Key-Md5"?: string;
                /**
                 * Retention mode, when one is set and the key may read it.
                 * @example governance
                 */
                "X-Bz-File-Retention-Mode"?: components["schemas"]["RetentionMode"];
                /**
                 * End of the retention in milliseconds since 1970-01-01 UTC, when one is set and the key may read it.
                 * @example 1826668800000
                 */
                "X-Bz-File-Retention-Retain-Until-Timestamp"?: number;
                /**
                 * Legal hold, when it is set and the key may read it.
                 * @example on
                 */
                "X-Bz-File-Legal-Hold"?: components["schemas"]["LegalHold"];
                /**
                 * Names of the lock and encryption headers that were left out because the key may not read them,
                 * separated by commas. It is not sent for every file in every bucket, so a missing header alone proves
                 * nothing: look at the key's capabilities. Sources differ on one of the names:
                 * `X-Bz-File-Retention-Retain-Until-Timestamp` or `X-Bz-File-Retain-Until-Timestamp`; accept both.
                 * @example X-Bz-File-Retention-Mode,X-Bz-File-Retention-Retain-Until-Timestamp,X-Bz-File-Legal-Hold
                 */
                "X-Bz-Client-Unauthorized-To-Read"?: string;
                /**
                 * State of the file's replication; absent when no replication rule applies. Letter case varies.
                 * @example COMPLETED
                 */
                "X-Bz-Replication-Status"?: components["schemas"]["OpenReplicationStatus"];
                [name: string]: unknown;
            };
            content: {
                /** @example Hello */
                "*/*": BinaryContent;
            };
        };
        /** The headers of a download of the whole file. */
        FileHeaders: {
            headers: {
                /**
                 * Number of bytes in this answer; for HEAD, in the answer that GET would give.
                 * @example 11
                 */
                "Content-Length": number;
                /**
                 * MIME type of the file, or the one asked for with `b2ContentType`.
                 * @example text/plain
                 */
                "Content-Type": string;
                /**
                 * Always `bytes`.
                 * @example bytes
                 */
                "Accept-Ranges": string;
                /**
                 * ID of the version.
                 * @example 4_za70bbc1d2e3f405162738495_f1180a1b2c3d4e5f6_d20261120_m101500_c004_v0402010_t0037_u01763633700123
                 */
                "X-Bz-File-Id": string;
                /**
                 * Name of the file; percent-encoded on the wire, where `+` stands for a space.
                 * @example photos/2026/Zürich.txt
                 */
                "X-Bz-File-Name": string;
                /**
                 * SHA-1 of the whole file: 40 hexadecimal digits; `unverified:` and 40 digits when the uploader asked
                 * for no check; `none` for a large file (see its file info `large_file_sha1`).
                 * @example 8c7dcf1ac75e88e91d98a5709c2646d2e32db7b9
                 */
                "X-Bz-Content-Sha1": string;
                /**
                 * Time of the upload, in milliseconds since 1970-01-01 UTC.
                 * @example 1795169700123
                 */
                "X-Bz-Upload-Timestamp": number;
                /**
                 * File info: one header for each entry, named `X-Bz-Info-` and the entry's key in lower case. Here one
                 * object whose keys lack the prefix and whose values are decoded. The `b2-` entries that became
                 * headers of their own (`Content-Disposition` and so on) are not repeated.
                 * @example {
                 *       "src_last_modified_millis": "1790812800000",
                 *       "author": "Ada Lovelace"
                 *     }
                 */
                "X-Bz-Info-*"?: components["schemas"]["FileInfo"];
                /**
                 * From `b2ContentDisposition`, else from the file info `b2-content-disposition`.
                 * @example attachment; filename="zurich.txt"
                 */
                "Content-Disposition"?: string;
                /**
                 * From `b2ContentLanguage`, else from the file info `b2-content-language`.
                 * @example de-CH
                 */
                "Content-Language"?: string;
                /**
                 * From `b2Expires`, else from the file info `b2-expires`.
                 * @example Sat, 20 Nov 2027 00:00:00 GMT
                 */
                Expires?: string;
                /**
                 * From `b2ContentEncoding`, else from the file info `b2-content-encoding`. The bytes are those that
                 * were uploaded; a client that decodes them can no longer compare length and SHA-1.
                 * @example gzip
                 */
                "Content-Encoding"?: string;
                /**
                 * From `b2CacheControl`, else from the file info `b2-cache-control`, else from the bucket info
                 * `Cache-Control`.
                 * @example max-age=3600
                 */
                "Cache-Control"?: string;
                /**
                 * MD5 of the content. Only one client reads it and the service's pages do not mention it; do not rely
                 * on it.
                 * @example 2efe1b2729bac9db676bdac986960673
                 */
                "Content-MD5"?: string;
                /**
                 * `AES256` for a file under SSE-B2; absent otherwise.
                 * @example AES256
                 */
                "X-Bz-Server-Side-Encryption"?: string;
                /**
                 * `AES256` for a file under SSE-C; absent otherwise.
                 * @example AES256
                 */
                "X-Bz-Server-Side-Encryption-Customer-Algorithm"?: string;
                /**
                 * Base64 MD5 of the key of a file under SSE-C; absent otherwise. The key itself is never answered.
                 * @example goEjQ5mwdYNJu1wQ8NAmgw==
                 */
                "X-Bz-Server-Side-Encryption-Customer-Key-Md5"?: string;
                /**
                 * Retention mode, when one is set and the key may read it.
                 * @example governance
                 */
                "X-Bz-File-Retention-Mode"?: components["schemas"]["RetentionMode"];
                /**
                 * End of the retention in milliseconds since 1970-01-01 UTC, when one is set and the key may read it.
                 * @example 1826668800000
                 */
                "X-Bz-File-Retention-Retain-Until-Timestamp"?: number;
                /**
                 * Legal hold, when it is set and the key may read it.
                 * @example on
                 */
                "X-Bz-File-Legal-Hold"?: components["schemas"]["LegalHold"];
                /**
                 * Names of the lock and encryption headers that were left out because the key may not read them,
                 * separated by commas. It is not sent for every file in every bucket, so a missing header alone proves
                 * nothing: look at the key's capabilities. Sources differ on one of the names:
                 * `X-Bz-File-Retention-Retain-Until-Timestamp` or `X-Bz-File-Retain-Until-Timestamp`; accept both.
                 * @example X-Bz-File-Retention-Mode,X-Bz-File-Retention-Retain-Until-Timestamp,X-Bz-File-Legal-Hold
                 */
                "X-Bz-Client-Unauthorized-To-Read"?: string;
                /**
                 * State of the file's replication; absent when no replication rule applies. Letter case varies.
                 * @example COMPLETED
                 */
                "X-Bz-Replication-Status"?: components["schemas"]["OpenReplicationStatus"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** The headers of a download of the bytes that `Range` asked for. */
        PartialFileHeaders: {
            headers: {
                /**
                 * Number of bytes in this range.
                 * @example 5
                 */
                "Content-Length": number;
                /**
                 * MIME type of the file, or the one asked for with `b2ContentType`.
                 * @example text/plain
                 */
                "Content-Type": string;
                /**
                 * Always `bytes`.
                 * @example bytes
                 */
                "Accept-Ranges": string;
                /**
                 * Range that the answer holds, and the length of the whole file.
                 * @example bytes 0-4/11
                 */
                "Content-Range": string;
                /**
                 * ID of the version.
                 * @example 4_za70bbc1d2e3f405162738495_f1180a1b2c3d4e5f6_d20261120_m101500_c004_v0402010_t0037_u01763633700123
                 */
                "X-Bz-File-Id": string;
                /**
                 * Name of the file; percent-encoded on the wire, where `+` stands for a space.
                 * @example photos/2026/Zürich.txt
                 */
                "X-Bz-File-Name": string;
                /**
                 * SHA-1 of the whole file: 40 hexadecimal digits; `unverified:` and 40 digits when the uploader asked
                 * for no check; `none` for a large file (see its file info `large_file_sha1`).
                 * @example 8c7dcf1ac75e88e91d98a5709c2646d2e32db7b9
                 */
                "X-Bz-Content-Sha1": string;
                /**
                 * Time of the upload, in milliseconds since 1970-01-01 UTC.
                 * @example 1795169700123
                 */
                "X-Bz-Upload-Timestamp": number;
                /**
                 * File info: one header for each entry, named `X-Bz-Info-` and the entry's key in lower case. Here one
                 * object whose keys lack the prefix and whose values are decoded. The `b2-` entries that became
                 * headers of their own (`Content-Disposition` and so on) are not repeated.
                 * @example {
                 *       "src_last_modified_millis": "1790812800000",
                 *       "author": "Ada Lovelace"
                 *     }
                 */
                "X-Bz-Info-*"?: components["schemas"]["FileInfo"];
                /**
                 * From `b2ContentDisposition`, else from the file info `b2-content-disposition`.
                 * @example attachment; filename="zurich.txt"
                 */
                "Content-Disposition"?: string;
                /**
                 * From `b2ContentLanguage`, else from the file info `b2-content-language`.
                 * @example de-CH
                 */
                "Content-Language"?: string;
                /**
                 * From `b2Expires`, else from the file info `b2-expires`.
                 * @example Sat, 20 Nov 2027 00:00:00 GMT
                 */
                Expires?: string;
                /**
                 * From `b2ContentEncoding`, else from the file info `b2-content-encoding`. The bytes are those that
                 * were uploaded; a client that decodes them can no longer compare length and SHA-1.
                 * @example gzip
                 */
                "Content-Encoding"?: string;
                /**
                 * From `b2CacheControl`, else from the file info `b2-cache-control`, else from the bucket info
                 * `Cache-Control`.
                 * @example max-age=3600
                 */
                "Cache-Control"?: string;
                /**
                 * MD5 of the content. Only one client reads it and the service's pages do not mention it; do not rely
                 * on it.
                 * @example 2efe1b2729bac9db676bdac986960673
                 */
                "Content-MD5"?: string;
                /**
                 * `AES256` for a file under SSE-B2; absent otherwise.
                 * @example AES256
                 */
                "X-Bz-Server-Side-Encryption"?: string;
                /**
                 * `AES256` for a file under SSE-C; absent otherwise.
                 * @example AES256
                 */
                "X-Bz-Server-Side-Encryption-Customer-Algorithm"?: string;
                /**
                 * Base64 MD5 of the key of a file under SSE-C; absent otherwise. The key itself is never answered.
                 * @example goEjQ5mwdYNJu1wQ8NAmgw==
                 */
                "X-Bz-Server-Side-Encryption-Customer-Key-Md5"?: string;
                /**
                 * Retention mode, when one is set and the key may read it.
                 * @example governance
                 */
                "X-Bz-File-Retention-Mode"?: components["schemas"]["RetentionMode"];
                /**
                 * End of the retention in milliseconds since 1970-01-01 UTC, when one is set and the key may read it.
                 * @example 1826668800000
                 */
                "X-Bz-File-Retention-Retain-Until-Timestamp"?: number;
                /**
                 * Legal hold, when it is set and the key may read it.
                 * @example on
                 */
                "X-Bz-File-Legal-Hold"?: components["schemas"]["LegalHold"];
                /**
                 * Names of the lock and encryption headers that were left out because the key may not read them,
                 * separated by commas. It is not sent for every file in every bucket, so a missing header alone proves
                 * nothing: look at the key's capabilities. Sources differ on one of the names:
                 * `X-Bz-File-Retention-Retain-Until-Timestamp` or `X-Bz-File-Retain-Until-Timestamp`; accept both.
                 * @example X-Bz-File-Retention-Mode,X-Bz-File-Retention-Retain-Until-Timestamp,X-Bz-File-Legal-Hold
                 */
                "X-Bz-Client-Unauthorized-To-Read"?: string;
                /**
                 * State of the file's replication; absent when no replication rule applies. Letter case varies.
                 * @example COMPLETED
                 */
                "X-Bz-Replication-Status"?: components["schemas"]["OpenReplicationStatus"];
                [name: string]: unknown;
            };
            content?: never;
        };
    };
    /** Parameters of several calls. */
    parameters: {
        /**
         * The upload token that came with the upload URL, without a scheme word. No account token works here.
         * OpenAPI tells tools to ignore header parameters of this name; it is declared all the same, so that
         * typed calls must give it.
         * @example 4_0040a1b2c3d4e5f0000000001_upload_NOT-A-REAL-TOKEN
         */
        UploadAuthorization: string;
        /**
         * Number of content bytes, without the 40 digits of `hex_digits_at_end`. Needed when the length cannot
         * be read from the body (streams). It is always on the wire, there with the 40 included. Declared
         * although OpenAPI tells tools to ignore header parameters of this name, so that typed calls can give
         * it.
         * @example 11
         */
        UploadContentLength: number;
        /**
         * Algorithm of encryption with the caller's own key (SSE-C). The three customer headers go together or
         * not at all. Needed to store a file that way, on every part of such a large file, and to download it.
         * @example AES256
         */
        CustomerAlgorithm: "AES256";
        /**
         * The caller's 32-byte key in base64. The service never answers it; without it the content cannot be
         * read again.
         * @example dGhpcyBpcyBhbiBleGFtcGxlIGN1c3RvbWVyIGtleSE=
         */
        CustomerKey: string;
        /**
         * MD5 of the caller's key (of its 32 bytes, not of the base64 text) in base64, as a check.
         * @example goEjQ5mwdYNJu1wQ8NAmgw==
         */
        CustomerKeyMd5: string;
        /**
         * Makes the service misbehave, to test a client: `fail_some_uploads` fails uploads now and then,
         * `force_cap_exceeded` answers that a cap is reached, `expire_some_account_authorization_tokens`
         * (meant for `b2_authorize_account`) lets some tokens expire early. Clients commonly send the chosen
         * mode on every request.
         * @example fail_some_uploads
         */
        TestMode: "fail_some_uploads" | "expire_some_account_authorization_tokens" | "force_cap_exceeded";
        /**
         * One range of bytes, `bytes=first-last`, counted from 0, both ends included. The answer is then 206
         * with `Content-Range`. A range outside the file answers 416 `range_not_satisfiable`, and presumably
         * so does any range of an empty file.
         * @example bytes=0-4
         */
        Range: string;
        /**
         * Replaces the response's `Content-Disposition`. RFC 6266 without continuations; extended values only
         * as UTF-8 with empty language. Needs a token, also in public buckets.
         * @example attachment; filename="zurich.txt"
         */
        OverrideContentDisposition: string;
        /**
         * Replaces the response's `Content-Language`. Needs a token, also in public buckets.
         * @example de-CH
         */
        OverrideContentLanguage: string;
        /**
         * Replaces the response's `Expires`, an HTTP date. Needs a token, also in public buckets.
         * @example Sat, 20 Nov 2027 00:00:00 GMT
         */
        OverrideExpires: string;
        /**
         * Replaces the response's `Cache-Control`. Needs a token, also in public buckets.
         * @example max-age=3600
         */
        OverrideCacheControl: string;
        /**
         * Replaces the response's `Content-Encoding`, a label only: the content is not converted. Needs a
         * token, also in public buckets.
         * @example gzip
         */
        OverrideContentEncoding: string;
        /**
         * Replaces the response's `Content-Type`. Needs a token, also in public buckets.
         * @example text/plain;charset=utf-8
         */
        OverrideContentType: string;
    };
    /** Bodies of several requests. */
    requestBodies: never;
    /** Header fields of several answers. */
    headers: {
        /**
         * Seconds to wait before the next attempt. May accompany 429 and 503; it wins over a computed
         * back-off.
         * @example 5
         */
        RetryAfter: number;
        /**
         * Identifies the request for Backblaze's support. Sources differ: one SDK reads it when present, the
         * documentation does not mention it.
         * @example 5f0e1d2c3b4a59687786950a1b2c3d4e
         */
        RequestId: string;
        /**
         * Challenge that comes with a 401 of b2_authorize_account (recorded traffic).
         * @example BASIC realm="authorize_account"
         */
        WwwAuthenticate: string;
        /**
         * Number of bytes in this answer; for HEAD, in the answer that GET would give.
         * @example 11
         */
        ContentLength: number;
        /**
         * Number of bytes in this range.
         * @example 5
         */
        PartialContentLength: number;
        /**
         * MIME type of the file, or the one asked for with `b2ContentType`.
         * @example text/plain
         */
        ContentType: string;
        /**
         * Always `bytes`.
         * @example bytes
         */
        AcceptRanges: string;
        /**
         * Range that the answer holds, and the length of the whole file.
         * @example bytes 0-4/11
         */
        ContentRange: string;
        /**
         * ID of the version.
         * @example 4_za70bbc1d2e3f405162738495_f1180a1b2c3d4e5f6_d20261120_m101500_c004_v0402010_t0037_u01763633700123
         */
        FileId: string;
        /**
         * Name of the file; percent-encoded on the wire, where `+` stands for a space.
         * @example photos/2026/Zürich.txt
         */
        FileName: string;
        /**
         * SHA-1 of the whole file: 40 hexadecimal digits; `unverified:` and 40 digits when the uploader asked
         * for no check; `none` for a large file (see its file info `large_file_sha1`).
         * @example 8c7dcf1ac75e88e91d98a5709c2646d2e32db7b9
         */
        ContentSha1: string;
        /**
         * Time of the upload, in milliseconds since 1970-01-01 UTC.
         * @example 1795169700123
         */
        UploadTimestamp: number;
        /**
         * File info: one header for each entry, named `X-Bz-Info-` and the entry's key in lower case. Here one
         * object whose keys lack the prefix and whose values are decoded. The `b2-` entries that became
         * headers of their own (`Content-Disposition` and so on) are not repeated.
         * @example {
         *       "src_last_modified_millis": "1790812800000",
         *       "author": "Ada Lovelace"
         *     }
         */
        FileInfo: components["schemas"]["FileInfo"];
        /**
         * From `b2ContentDisposition`, else from the file info `b2-content-disposition`.
         * @example attachment; filename="zurich.txt"
         */
        ContentDisposition: string;
        /**
         * From `b2ContentLanguage`, else from the file info `b2-content-language`.
         * @example de-CH
         */
        ContentLanguage: string;
        /**
         * From `b2Expires`, else from the file info `b2-expires`.
         * @example Sat, 20 Nov 2027 00:00:00 GMT
         */
        Expires: string;
        /**
         * From `b2ContentEncoding`, else from the file info `b2-content-encoding`. The bytes are those that
         * were uploaded; a client that decodes them can no longer compare length and SHA-1.
         * @example gzip
         */
        ContentEncoding: string;
        /**
         * From `b2CacheControl`, else from the file info `b2-cache-control`, else from the bucket info
         * `Cache-Control`.
         * @example max-age=3600
         */
        CacheControl: string;
        /**
         * MD5 of the content. Only one client reads it and the service's pages do not mention it; do not rely
         * on it.
         * @example 2efe1b2729bac9db676bdac986960673
         */
        ContentMd5: string;
        /**
         * `AES256` for a file under SSE-B2; absent otherwise.
         * @example AES256
         */
        ServerSideEncryption: string;
        /**
         * `AES256` for a file under SSE-C; absent otherwise.
         * @example AES256
         */
        CustomerAlgorithm: string;
        /**
         * Base64 MD5 of the key of a file under SSE-C; absent otherwise. The key itself is never answered.
         * @example goEjQ5mwdYNJu1wQ8NAmgw==
         */
        CustomerKeyMd5: string;
        /**
         * Retention mode, when one is set and the key may read it.
         * @example governance
         */
        FileRetentionMode: components["schemas"]["RetentionMode"];
        /**
         * End of the retention in milliseconds since 1970-01-01 UTC, when one is set and the key may read it.
         * @example 1826668800000
         */
        FileRetentionRetainUntilTimestamp: number;
        /**
         * Legal hold, when it is set and the key may read it.
         * @example on
         */
        FileLegalHold: components["schemas"]["LegalHold"];
        /**
         * Names of the lock and encryption headers that were left out because the key may not read them,
         * separated by commas. It is not sent for every file in every bucket, so a missing header alone proves
         * nothing: look at the key's capabilities. Sources differ on one of the names:
         * `X-Bz-File-Retention-Retain-Until-Timestamp` or `X-Bz-File-Retain-Until-Timestamp`; accept both.
         * @example X-Bz-File-Retention-Mode,X-Bz-File-Retention-Retain-Until-Timestamp,X-Bz-File-Legal-Hold
         */
        ClientUnauthorizedToRead: string;
        /**
         * State of the file's replication; absent when no replication rule applies. Letter case varies.
         * @example COMPLETED
         */
        ReplicationStatus: components["schemas"]["OpenReplicationStatus"];
    };
    /** Paths that others refer to. */
    pathItems: never;
}
export type $defs = Record<string, never>;
/** The calls of the service by name. */
export interface operations {
    /** Turn an application key into a token. */
    b2_authorize_account: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * Makes the service misbehave for tests. Here `expire_some_account_authorization_tokens` has an
                 * effect: some tokens expire early. The other modes concern uploads and are accepted.
                 * @example expire_some_account_authorization_tokens
                 */
                "X-Bz-Test-Mode"?: "fail_some_uploads" | "expire_some_account_authorization_tokens" | "force_cap_exceeded";
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** The key is valid. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Authorization"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Create an application key. */
    b2_create_key: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the key may do, and where. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateKeyRequest"];
            };
        };
        responses: {
            /** The new key with its secret. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedApplicationKey"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** List application keys. */
    b2_list_keys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The account and the page. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["ListKeysRequest"];
            };
        };
        responses: {
            /** One page of keys. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListKeysResponse"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Delete an application key. */
    b2_delete_key: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The key to delete. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeleteKeyRequest"];
            };
        };
        responses: {
            /** The key as it was, without its secret. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApplicationKey"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Create a bucket. */
    b2_create_bucket: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Name, type and initial settings. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["CreateBucketRequest"];
            };
        };
        responses: {
            /** The new bucket. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bucket"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** List buckets. */
    b2_list_buckets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The account and, optionally, which buckets. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["ListBucketsRequest"];
            };
        };
        responses: {
            /** The buckets. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListBucketsResponse"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Change the settings of a bucket. */
    b2_update_bucket: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The bucket and the settings to replace. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateBucketRequest"];
            };
        };
        responses: {
            /** The bucket after the change. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bucket"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Delete an empty bucket. */
    b2_delete_bucket: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The bucket to delete. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeleteBucketRequest"];
            };
        };
        responses: {
            /** The bucket as it was. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bucket"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Read the event notification rules of a bucket. */
    b2_get_bucket_notification_rules: {
        parameters: {
            query: {
                /**
                 * The bucket whose rules are wanted.
                 * @example a70bbc1d2e3f405162738495
                 */
                bucketId: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** The rules. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GetBucketNotificationRulesResponse"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Replace the event notification rules of a bucket. */
    b2_set_bucket_notification_rules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The bucket and its new list of rules. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetBucketNotificationRulesRequest"];
            };
        };
        responses: {
            /** The rules as stored. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SetBucketNotificationRulesResponse"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Get a URL and a token for uploading files. */
    b2_get_upload_url: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GetUploadUrlRequest"];
            };
        };
        responses: {
            /** A URL and its token. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GetUploadUrlResponse"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Upload one file in one request. */
    b2_upload_file: {
        parameters: {
            query?: never;
            header: {
                /**
                 * The upload token that came with the upload URL, without a scheme word. No account token works here.
                 * OpenAPI tells tools to ignore header parameters of this name; it is declared all the same, so that
                 * typed calls must give it.
                 * @example 4_0040a1b2c3d4e5f0000000001_upload_NOT-A-REAL-TOKEN
                 */
                Authorization: components["parameters"]["UploadAuthorization"];
                /**
                 * Name of the file, at most 1,024 bytes of UTF-8. Plain text in typed calls; percent-encoded on the
                 * wire, where `/` may stay and a literal `+` must become `%2B`.
                 * @example photos/2026/Zürich.txt
                 */
                "X-Bz-File-Name": components["schemas"]["FileName"];
                /**
                 * MIME type that downloads will answer. `b2/x-auto` lets the service choose by the name's extension,
                 * else `application/octet-stream`. Required on the wire; typed callers may leave it out and send
                 * `b2/x-auto`.
                 * @example text/plain
                 */
                "Content-Type"?: string;
                /**
                 * Number of content bytes, without the 40 digits of `hex_digits_at_end`. Needed when the length cannot
                 * be read from the body (streams). It is always on the wire, there with the 40 included. Declared
                 * although OpenAPI tells tools to ignore header parameters of this name, so that typed calls can give
                 * it.
                 * @example 11
                 */
                "Content-Length"?: components["parameters"]["UploadContentLength"];
                /**
                 * SHA-1 of the content as 40 hexadecimal digits, which the service compares with what it received.
                 * `hex_digits_at_end`: the digits follow the content as the last 40 bytes of the body, which suits
                 * streams; a typed client computes and appends them itself. `do_not_verify`: nothing is compared and
                 * the file will show `unverified:` before its digest; discouraged.
                 * @example 8c7dcf1ac75e88e91d98a5709c2646d2e32db7b9
                 */
                "X-Bz-Content-Sha1": string;
                /**
                 * File info: one header for each entry, named `X-Bz-Info-` and the entry's key. Here one object whose
                 * keys lack the prefix and whose values are plain text; the wire carries the values percent-encoded.
                 * Keys are not encoded and come back in lower case.
                 * @example {
                 *       "src_last_modified_millis": "1790812800000",
                 *       "author": "Ada Lovelace"
                 *     }
                 */
                "X-Bz-Info-*"?: components["schemas"]["FileInfoRequest"];
                /**
                 * Upload time to record instead of now, in milliseconds since 1970-01-01 UTC; not in the future.
                 * Lifecycle rules count from it. Backblaze support must enable it for the account.
                 * @example 1790812800000
                 */
                "X-Bz-Custom-Upload-Timestamp"?: number;
                /**
                 * Legal hold of the new file. Needs writeFileLegalHolds and a bucket with file lock enabled.
                 * @example on
                 */
                "X-Bz-File-Legal-Hold"?: components["schemas"]["LegalHold"];
                /**
                 * Retention mode of the new file; sent together with `X-Bz-File-Retention-Retain-Until-Timestamp`.
                 * Needs writeFileRetentions and a bucket with file lock enabled. "No retention" cannot be expressed as
                 * a header.
                 * @example governance
                 */
                "X-Bz-File-Retention-Mode"?: components["schemas"]["RetentionMode"];
                /**
                 * End of the retention, in milliseconds since 1970-01-01 UTC; sent together with
                 * `X-Bz-File-Retention-Mode`.
                 * @example 1826668800000
                 */
                "X-Bz-File-Retention-Retain-Until-Timestamp"?: number;
                /**
                 * Asks for encryption with keys that Backblaze manages (SSE-B2). Not together with the three customer
                 * headers. Left out, the bucket's default decides. (A value `NONE` is refused.)
                 * @example AES256
                 */
                "X-Bz-Server-Side-Encryption"?: "AES256";
                /**
                 * Algorithm of encryption with the caller's own key (SSE-C). The three customer headers go together or
                 * not at all. Needed to store a file that way, on every part of such a large file, and to download it.
                 * @example AES256
                 */
                "X-Bz-Server-Side-Encryption-Customer-Algorithm"?: components["parameters"]["CustomerAlgorithm"];
                /**
                 * The caller's 32-byte key in base64. The service never answers it; without it the content cannot be
                 * read again.
                 * @example dGhpcyBpcyBhbiBleGFtcGxlIGN1c3RvbWVyIGtleSE=
                 */
                "X-Bz-Server-Side-Encryption-Customer-Key"?: components["parameters"]["CustomerKey"];
                /**
                 * MD5 of the caller's key (of its 32 bytes, not of the base64 text) in base64, as a check.
                 * @example goEjQ5mwdYNJu1wQ8NAmgw==
                 */
                "X-Bz-Server-Side-Encryption-Customer-Key-Md5"?: components["parameters"]["CustomerKeyMd5"];
                /**
                 * Makes the service misbehave, to test a client: `fail_some_uploads` fails uploads now and then,
                 * `force_cap_exceeded` answers that a cap is reached, `expire_some_account_authorization_tokens`
                 * (meant for `b2_authorize_account`) lets some tokens expire early. Clients commonly send the chosen
                 * mode on every request.
                 * @example fail_some_uploads
                 */
                "X-Bz-Test-Mode"?: components["parameters"]["TestMode"];
            };
            path: {
                /**
                 * The whole `uploadUrl` answered by `b2_get_upload_url`. It is opaque and replaces base URL and path:
                 * the template only gives it a typed place.
                 * @example https://pod-040-2010-06.backblaze.com/b2api/v4/b2_upload_file/a70bbc1d2e3f405162738495/c004_v0402010_t0037
                 */
                uploadUrl: string;
            };
            cookie?: never;
        };
        /**
         * The file's bytes. With `hex_digits_at_end` the wire carries 40 more, the SHA-1 in hexadecimal, which
         * are not stored.
         */
        requestBody: {
            content: {
                /** @example Hello, B2! */
                "*/*": BinaryBody;
            };
        };
        responses: {
            /** The stored file version; `action` is `upload`. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredFileVersion"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Copy a stored file into a new file. */
    b2_copy_file: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CopyFileRequest"];
            };
        };
        responses: {
            /** The new file version; `action` is `copy` here and `upload` in later listings. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredFileVersion"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Describe one file version by its ID. */
    b2_get_file_info: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GetFileInfoRequest"];
            };
        };
        responses: {
            /** The file version. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredFileVersion"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** List the visible files of a bucket by name. */
    b2_list_file_names: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ListFileNamesRequest"];
            };
        };
        responses: {
            /** One page of files and folders. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListFileNamesResponse"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** List all versions of a bucket's files. */
    b2_list_file_versions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ListFileVersionsRequest"];
            };
        };
        responses: {
            /** One page of file versions. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListFileVersionsResponse"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Hide a file by a marker on top of its versions. */
    b2_hide_file: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HideFileRequest"];
            };
        };
        responses: {
            /** The hide marker; `action` is `hide`. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredFileVersion"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Delete one file version for good. */
    b2_delete_file_version: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeleteFileVersionRequest"];
            };
        };
        responses: {
            /** The version is gone. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeleteFileVersionResponse"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Download a file version by its ID. */
    b2_download_file_by_id: {
        parameters: {
            query: {
                /**
                 * The version to download.
                 * @example 4_za70bbc1d2e3f405162738495_f1180a1b2c3d4e5f6_d20261120_m101500_c004_v0402010_t0037_u01763633700123
                 */
                fileId: components["schemas"]["FileId"];
                /**
                 * Replaces the response's `Content-Disposition`. RFC 6266 without continuations; extended values only
                 * as UTF-8 with empty language. Needs a token, also in public buckets.
                 * @example attachment; filename="zurich.txt"
                 */
                b2ContentDisposition?: components["parameters"]["OverrideContentDisposition"];
                /**
                 * Replaces the response's `Content-Language`. Needs a token, also in public buckets.
                 * @example de-CH
                 */
                b2ContentLanguage?: components["parameters"]["OverrideContentLanguage"];
                /**
                 * Replaces the response's `Expires`, an HTTP date. Needs a token, also in public buckets.
                 * @example Sat, 20 Nov 2027 00:00:00 GMT
                 */
                b2Expires?: components["parameters"]["OverrideExpires"];
                /**
                 * Replaces the response's `Cache-Control`. Needs a token, also in public buckets.
                 * @example max-age=3600
                 */
                b2CacheControl?: components["parameters"]["OverrideCacheControl"];
                /**
                 * Replaces the response's `Content-Encoding`, a label only: the content is not converted. Needs a
                 * token, also in public buckets.
                 * @example gzip
                 */
                b2ContentEncoding?: components["parameters"]["OverrideContentEncoding"];
                /**
                 * Replaces the response's `Content-Type`. Needs a token, also in public buckets.
                 * @example text/plain;charset=utf-8
                 */
                b2ContentType?: components["parameters"]["OverrideContentType"];
            };
            header?: {
                /**
                 * One range of bytes, `bytes=first-last`, counted from 0, both ends included. The answer is then 206
                 * with `Content-Range`. A range outside the file answers 416 `range_not_satisfiable`, and presumably
                 * so does any range of an empty file.
                 * @example bytes=0-4
                 */
                Range?: components["parameters"]["Range"];
                /**
                 * Algorithm of encryption with the caller's own key (SSE-C). The three customer headers go together or
                 * not at all. Needed to store a file that way, on every part of such a large file, and to download it.
                 * @example AES256
                 */
                "X-Bz-Server-Side-Encryption-Customer-Algorithm"?: components["parameters"]["CustomerAlgorithm"];
                /**
                 * The caller's 32-byte key in base64. The service never answers it; without it the content cannot be
                 * read again.
                 * @example dGhpcyBpcyBhbiBleGFtcGxlIGN1c3RvbWVyIGtleSE=
                 */
                "X-Bz-Server-Side-Encryption-Customer-Key"?: components["parameters"]["CustomerKey"];
                /**
                 * MD5 of the caller's key (of its 32 bytes, not of the base64 text) in base64, as a check.
                 * @example goEjQ5mwdYNJu1wQ8NAmgw==
                 */
                "X-Bz-Server-Side-Encryption-Customer-Key-Md5"?: components["parameters"]["CustomerKeyMd5"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["FileContent"];
            206: components["responses"]["PartialFileContent"];
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Download the newest version of a file by name. */
    b2_download_file_by_name: {
        parameters: {
            query?: {
                /**
                 * Token in the URL instead of the header, made for links: normally one from
                 * `b2_get_download_authorization`. If it was made with `b2Content...` values, the request must repeat
                 * the same values.
                 * @example 3_20261120101500_1f2e3d4c5b6a_download_NOT-A-REAL-TOKEN
                 */
                Authorization?: string;
                /**
                 * Replaces the response's `Content-Disposition`. RFC 6266 without continuations; extended values only
                 * as UTF-8 with empty language. Needs a token, also in public buckets.
                 * @example attachment; filename="zurich.txt"
                 */
                b2ContentDisposition?: components["parameters"]["OverrideContentDisposition"];
                /**
                 * Replaces the response's `Content-Language`. Needs a token, also in public buckets.
                 * @example de-CH
                 */
                b2ContentLanguage?: components["parameters"]["OverrideContentLanguage"];
                /**
                 * Replaces the response's `Expires`, an HTTP date. Needs a token, also in public buckets.
                 * @example Sat, 20 Nov 2027 00:00:00 GMT
                 */
                b2Expires?: components["parameters"]["OverrideExpires"];
                /**
                 * Replaces the response's `Cache-Control`. Needs a token, also in public buckets.
                 * @example max-age=3600
                 */
                b2CacheControl?: components["parameters"]["OverrideCacheControl"];
                /**
                 * Replaces the response's `Content-Encoding`, a label only: the content is not converted. Needs a
                 * token, also in public buckets.
                 * @example gzip
                 */
                b2ContentEncoding?: components["parameters"]["OverrideContentEncoding"];
                /**
                 * Replaces the response's `Content-Type`. Needs a token, also in public buckets.
                 * @example text/plain;charset=utf-8
                 */
                b2ContentType?: components["parameters"]["OverrideContentType"];
            };
            header?: {
                /**
                 * One range of bytes, `bytes=first-last`, counted from 0, both ends included. The answer is then 206
                 * with `Content-Range`. A range outside the file answers 416 `range_not_satisfiable`, and presumably
                 * so does any range of an empty file.
                 * @example bytes=0-4
                 */
                Range?: components["parameters"]["Range"];
                /**
                 * Algorithm of encryption with the caller's own key (SSE-C). The three customer headers go together or
                 * not at all. Needed to store a file that way, on every part of such a large file, and to download it.
                 * @example AES256
                 */
                "X-Bz-Server-Side-Encryption-Customer-Algorithm"?: components["parameters"]["CustomerAlgorithm"];
                /**
                 * The caller's 32-byte key in base64. The service never answers it; without it the content cannot be
                 * read again.
                 * @example dGhpcyBpcyBhbiBleGFtcGxlIGN1c3RvbWVyIGtleSE=
                 */
                "X-Bz-Server-Side-Encryption-Customer-Key"?: components["parameters"]["CustomerKey"];
                /**
                 * MD5 of the caller's key (of its 32 bytes, not of the base64 text) in base64, as a check.
                 * @example goEjQ5mwdYNJu1wQ8NAmgw==
                 */
                "X-Bz-Server-Side-Encryption-Customer-Key-Md5"?: components["parameters"]["CustomerKeyMd5"];
            };
            path: {
                /**
                 * Name of the bucket.
                 * @example example-photos
                 */
                bucketName: string;
                /**
                 * Name of the file: the whole rest of the path, percent-encoded with `/` kept. OpenAPI 3.1 has no
                 * notation for a parameter that spans several segments, and its tools encode `/` as `%2F`; a client
                 * must encode this one itself, a literal `+` as `%2B`. Plain text in typed calls.
                 * @example photos/2026/Zürich.txt
                 */
                fileName: components["schemas"]["FileName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["FileContent"];
            206: components["responses"]["PartialFileContent"];
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Describe the newest version of a file by name. */
    b2_head_file_by_name: {
        parameters: {
            query?: {
                /**
                 * Token in the URL instead of the header, made for links: normally one from
                 * `b2_get_download_authorization`. If it was made with `b2Content...` values, the request must repeat
                 * the same values.
                 * @example 3_20261120101500_1f2e3d4c5b6a_download_NOT-A-REAL-TOKEN
                 */
                Authorization?: string;
                /**
                 * Replaces the response's `Content-Disposition`. RFC 6266 without continuations; extended values only
                 * as UTF-8 with empty language. Needs a token, also in public buckets.
                 * @example attachment; filename="zurich.txt"
                 */
                b2ContentDisposition?: components["parameters"]["OverrideContentDisposition"];
                /**
                 * Replaces the response's `Content-Language`. Needs a token, also in public buckets.
                 * @example de-CH
                 */
                b2ContentLanguage?: components["parameters"]["OverrideContentLanguage"];
                /**
                 * Replaces the response's `Expires`, an HTTP date. Needs a token, also in public buckets.
                 * @example Sat, 20 Nov 2027 00:00:00 GMT
                 */
                b2Expires?: components["parameters"]["OverrideExpires"];
                /**
                 * Replaces the response's `Cache-Control`. Needs a token, also in public buckets.
                 * @example max-age=3600
                 */
                b2CacheControl?: components["parameters"]["OverrideCacheControl"];
                /**
                 * Replaces the response's `Content-Encoding`, a label only: the content is not converted. Needs a
                 * token, also in public buckets.
                 * @example gzip
                 */
                b2ContentEncoding?: components["parameters"]["OverrideContentEncoding"];
                /**
                 * Replaces the response's `Content-Type`. Needs a token, also in public buckets.
                 * @example text/plain;charset=utf-8
                 */
                b2ContentType?: components["parameters"]["OverrideContentType"];
            };
            header?: {
                /**
                 * One range of bytes, `bytes=first-last`, counted from 0, both ends included. The answer is then 206
                 * with `Content-Range`. A range outside the file answers 416 `range_not_satisfiable`, and presumably
                 * so does any range of an empty file.
                 * @example bytes=0-4
                 */
                Range?: components["parameters"]["Range"];
                /**
                 * Algorithm of encryption with the caller's own key (SSE-C). The three customer headers go together or
                 * not at all. Needed to store a file that way, on every part of such a large file, and to download it.
                 * @example AES256
                 */
                "X-Bz-Server-Side-Encryption-Customer-Algorithm"?: components["parameters"]["CustomerAlgorithm"];
                /**
                 * The caller's 32-byte key in base64. The service never answers it; without it the content cannot be
                 * read again.
                 * @example dGhpcyBpcyBhbiBleGFtcGxlIGN1c3RvbWVyIGtleSE=
                 */
                "X-Bz-Server-Side-Encryption-Customer-Key"?: components["parameters"]["CustomerKey"];
                /**
                 * MD5 of the caller's key (of its 32 bytes, not of the base64 text) in base64, as a check.
                 * @example goEjQ5mwdYNJu1wQ8NAmgw==
                 */
                "X-Bz-Server-Side-Encryption-Customer-Key-Md5"?: components["parameters"]["CustomerKeyMd5"];
            };
            path: {
                /**
                 * Name of the bucket.
                 * @example example-photos
                 */
                bucketName: string;
                /**
                 * Name of the file: the whole rest of the path, percent-encoded with `/` kept. OpenAPI 3.1 has no
                 * notation for a parameter that spans several segments, and its tools encode `/` as `%2F`; a client
                 * must encode this one itself, a literal `+` as `%2B`. Plain text in typed calls.
                 * @example photos/2026/Zürich.txt
                 */
                fileName: components["schemas"]["FileName"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["FileHeaders"];
            206: components["responses"]["PartialFileHeaders"];
            "4XX": components["responses"]["ErrorWithoutBody"];
            "5XX": components["responses"]["ErrorWithoutBody"];
        };
    };
    /** Get a token for downloading files by name. */
    b2_get_download_authorization: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GetDownloadAuthorizationRequest"];
            };
        };
        responses: {
            /** The token and what it is good for. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GetDownloadAuthorizationResponse"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Set or lift the legal hold of a file version. */
    b2_update_file_legal_hold: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateFileLegalHoldRequest"];
            };
        };
        responses: {
            /** The legal hold as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UpdateFileLegalHoldResponse"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Set, change or remove the retention of a version. */
    b2_update_file_retention: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateFileRetentionRequest"];
            };
        };
        responses: {
            /** The retention as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UpdateFileRetentionResponse"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Begin a file that is sent in parts. */
    b2_start_large_file: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StartLargeFileRequest"];
            };
        };
        responses: {
            /** The unfinished file; `action` is `start`. The content type is already resolved. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredFileVersion"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Get a URL and a token for uploading parts. */
    b2_get_upload_part_url: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GetUploadPartUrlRequest"];
            };
        };
        responses: {
            /** A URL and its token. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GetUploadPartUrlResponse"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Upload one part of a large file. */
    b2_upload_part: {
        parameters: {
            query?: never;
            header: {
                /**
                 * The upload token that came with the upload URL, without a scheme word. No account token works here.
                 * OpenAPI tells tools to ignore header parameters of this name; it is declared all the same, so that
                 * typed calls must give it.
                 * @example 4_0040a1b2c3d4e5f0000000001_upload_NOT-A-REAL-TOKEN
                 */
                Authorization: components["parameters"]["UploadAuthorization"];
                /**
                 * Number of the part, from 1. When the file is finished, the numbers must have no gaps.
                 * @example 1
                 */
                "X-Bz-Part-Number": number;
                /**
                 * Number of content bytes, without the 40 digits of `hex_digits_at_end`. Needed when the length cannot
                 * be read from the body (streams). It is always on the wire, there with the 40 included. Declared
                 * although OpenAPI tells tools to ignore header parameters of this name, so that typed calls can give
                 * it.
                 * @example 11
                 */
                "Content-Length"?: components["parameters"]["UploadContentLength"];
                /**
                 * SHA-1 of the part as 40 hexadecimal digits, or `hex_digits_at_end`: the digits follow the content as
                 * the last 40 bytes of the body, and a typed client computes and appends them itself. `do_not_verify`
                 * appears in one source only and leaves no SHA-1 to finish the file with: avoid it.
                 * @example hex_digits_at_end
                 */
                "X-Bz-Content-Sha1": string;
                /**
                 * Algorithm of encryption with the caller's own key (SSE-C). The three customer headers go together or
                 * not at all. Needed to store a file that way, on every part of such a large file, and to download it.
                 * @example AES256
                 */
                "X-Bz-Server-Side-Encryption-Customer-Algorithm"?: components["parameters"]["CustomerAlgorithm"];
                /**
                 * The caller's 32-byte key in base64. The service never answers it; without it the content cannot be
                 * read again.
                 * @example dGhpcyBpcyBhbiBleGFtcGxlIGN1c3RvbWVyIGtleSE=
                 */
                "X-Bz-Server-Side-Encryption-Customer-Key"?: components["parameters"]["CustomerKey"];
                /**
                 * MD5 of the caller's key (of its 32 bytes, not of the base64 text) in base64, as a check.
                 * @example goEjQ5mwdYNJu1wQ8NAmgw==
                 */
                "X-Bz-Server-Side-Encryption-Customer-Key-Md5"?: components["parameters"]["CustomerKeyMd5"];
                /**
                 * Makes the service misbehave, to test a client: `fail_some_uploads` fails uploads now and then,
                 * `force_cap_exceeded` answers that a cap is reached, `expire_some_account_authorization_tokens`
                 * (meant for `b2_authorize_account`) lets some tokens expire early. Clients commonly send the chosen
                 * mode on every request.
                 * @example fail_some_uploads
                 */
                "X-Bz-Test-Mode"?: components["parameters"]["TestMode"];
            };
            path: {
                /**
                 * The whole `uploadUrl` answered by `b2_get_upload_part_url`. It is opaque and replaces base URL and
                 * path: the template only gives it a typed place.
                 * @example https://pod-040-2010-11.backblaze.com/b2api/v4/b2_upload_part/4_za70bbc1d2e3f405162738495_f2090b1c2d3e4f506_d20261120_m102000_c004_v0402010_t0042_u01763634000789/0018
                 */
                uploadUrl: string;
            };
            cookie?: never;
        };
        /**
         * The part's bytes. With `hex_digits_at_end` the wire carries 40 more, the SHA-1 in hexadecimal, which
         * are not stored.
         */
        requestBody: {
            content: {
                /** @example (100,000,000 bytes) */
                "*/*": BinaryBody;
            };
        };
        responses: {
            /** The stored part. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Part"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Copy from a stored file into a part. */
    b2_copy_part: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CopyPartRequest"];
            };
        };
        responses: {
            /** The new part; `fileId` is that of the large file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Part"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** List the parts stored for an unfinished file. */
    b2_list_parts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ListPartsRequest"];
            };
        };
        responses: {
            /** One page of parts. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListPartsResponse"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** List large files that were started, not finished. */
    b2_list_unfinished_large_files: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ListUnfinishedLargeFilesRequest"];
            };
        };
        responses: {
            /** One page of unfinished large files; `action` is `start` in each. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListUnfinishedLargeFilesResponse"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Turn the parts of a large file into a file. */
    b2_finish_large_file: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FinishLargeFileRequest"];
            };
        };
        responses: {
            /** The finished file version; `action` is `upload` and `contentSha1` is `none`. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoredFileVersion"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Drop an unfinished large file and its parts. */
    b2_cancel_large_file: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CancelLargeFileRequest"];
            };
        };
        responses: {
            /** What was cancelled. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CancelLargeFileResponse"];
                };
            };
            "4XX": components["responses"]["Error"];
            "5XX": components["responses"]["Error"];
        };
    };
    /** Receive events of a bucket. Receive events of a bucket. */
    eventNotification: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * `v1=` and the lower-case hex HMAC-SHA256 of the raw body, keyed with the UTF-8 bytes of the rule's
                 * hmacSha256SigningSecret. Absent when the rule has no secret. Accept a comma-separated list, as a
                 * vendor's SDK does, if one of its entries matches.
                 * @example v1=4f0a3d1c5b7e9f2a4c6d8e0f1a3b5c7d9e1f2a4b6c8d0e2f4a6b8c0d2e4f6a8b
                 */
                "X-Bz-Event-Notification-Signature"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** A batch of events. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["EventNotification"];
            };
        };
        responses: {
            /** The events are taken over. The body of the answer is not read. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** The signature does not match. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
}
