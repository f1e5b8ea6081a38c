import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import v8 from "node:v8";
import vm from "node:vm";
import { describe, expect, test } from "vitest";
import { operations, TransportError } from "../../src/raw/index.ts";
import { B2Error, errorClassFor } from "../../src/session/errors.ts";

v8.setFlagsFromString("--expose-gc");
const collectGarbage: () => void = vm.runInNewContext("gc");

/** The rows of the README's table of errors: class, what helps, and b2sdk's exceptions with codes. */
const rows = [
  ...readFileSync("README.md", "utf8").matchAll(/^\| (`\w+Error`.*?|none) \| (.*?) \| (.*?) \|$/gm),
].map(([, name = "", , exceptions = ""]) => ({ name: name.replace(/^`(\w+)`.*$/, "$1"), exceptions }));

/** What the service answers by its description, each status with each of its codes. */
const answers = Object.values(operations).flatMap(({ errors }) =>
  Object.entries<readonly string[]>(errors).flatMap(([status, codes]) =>
    codes
      .filter((code) => status !== "503" || code !== "bad_request") // A listing that took the service too long.
      .map((code) => [Number(status), code] as const),
  ),
);

/** b2sdk's exceptions, apart from those of its synchronisation. */
const exceptions = `
  AccessDenied AccountInfoError AlreadyFailed B2ConnectionError B2RequestTimeout B2RequestTimeoutDuringUpload
  BadDateFormat BadFileInfo BadJson BadRequest BadUploadUrl BrokenPipe BucketIdNotFound BucketNotAllowed
  CapExceeded CapabilityNotAllowed ChecksumMismatch ClockSkew Conflict ConnectionReset CopyArgumentsMismatch
  CopySourceTooBig CorruptAccountInfo DestinationDirectoryError DestinationError DisablingFileLockNotSupported
  DuplicateBucketName EmailNotVerified EnablingFileLockOnRestrictedBucket EventTypeCategoriesError
  EventTypeInvalidError EventTypeOverlapError EventTypesEmptyError FileAlreadyHidden FileDeleted FileNameNotAllowed
  FileNotHidden FileNotPresent FileOrBucketNotFound FileSha1Mismatch InvalidArgument InvalidAuthToken
  InvalidMetadataDirective InvalidRange InvalidUploadSource InvalidUserInput MaxFileSizeExceeded MaxRetriesExceeded
  MissingAccountData MissingPart NoPaymentHistory NonExistentBucket PartSha1Mismatch PotentialS3EndpointPassedAsRealm
  ResourceNotFound RestrictedBucket RestrictedBucketMissing RetentionWriteError SSECKeyError SSECKeyIdMismatchInCopy
  ServiceError SourceReplicationConflict StorageCapExceeded TooManyRequests TransactionCapExceeded TruncatedOutput
  Unauthorized UnboundStreamBufferTimeout UnexpectedCloudBehaviour UnknownError UnknownHost UnrecognizedBucketType
  UnsatisfiableRange UnusableFileName UploadTokenUsedConcurrently WrongEncryptionModeForBucketDefault
`
  .trim()
  .split(/\s+/);

describe("the README's table of errors", () => {
  test("has a place for every exception of b2sdk", () => {
    const named = new Set(rows.flatMap((row) => row.exceptions.match(/\w+/g) ?? []));
    expect(exceptions.filter((name) => !named.has(name))).toEqual([]);
  });

  test("gives each code to the class that its answers become", () => {
    const told = rows.flatMap(({ name, exceptions }) =>
      [...exceptions.matchAll(/`(\w+)`/g)].map(([, code = ""]) => [code, name] as const),
    );
    expect(told.length).toBeGreaterThan(35);
    const wrong = told.filter(([code, name]) => {
      const statuses = answers.filter(([, answered]) => answered === code).map(([status]) => status);
      return statuses.length === 0 || statuses.some((status) => errorClassFor(status, code).name !== name);
    });
    expect(wrong).toEqual([]);
  });
});

test("a code that nobody knows follows its status", () => {
  const known: [number, string][] = [
    [400, "RefusedError"],
    [401, "AuthorizationError"],
    [403, "RefusedError"],
    [404, "NotFoundError"],
    [408, "UnavailableError"],
    [409, "ConflictError"],
    [416, "RefusedError"],
    [429, "UnavailableError"],
    [500, "UnavailableError"],
    [599, "UnavailableError"],
  ];
  for (const [status, name] of known) {
    expect(errorClassFor(status, "new_in_2031").name).toBe(name);
    expect(errorClassFor(status, undefined).name).toBe(name);
  }
});

test.each([
  ["B2Error", () => new B2Error("it failed")],
  ["TransportError", () => new TransportError("it failed", "sending")],
])("a %s that is kept does not keep what failed", async (_, make) => {
  class Work {
    readonly memory = new Uint8Array(1000);

    fail(): Error {
      return make();
    }
  }
  const start = (): [Error, WeakRef<Work>] => {
    const work = new Work();
    return [work.fail(), new WeakRef(work)];
  };
  const [error, work] = start();
  await setImmediate();
  collectGarbage();
  expect(work.deref()).toBe(undefined);
  expect(error.message).toBe("it failed");
});
