"""Runs Backblaze's Python SDK (Debian's python3-b2sdk, which speaks v2 of the API) against a server.

Takes the server from B2_REALM, B2_APPLICATION_KEY_ID and B2_APPLICATION_KEY, and a folder for its files as the only
argument. Prints one line for each step, and the counts at the end. scripts/conformance-b2sdk.ts starts it.
"""

import hashlib
import io
import os
import random
import sys
import time
import traceback
import urllib.request

from b2sdk import v2 as b2
from b2sdk.v2 import exception

FOLDER = sys.argv[1]
LARGE_BYTES = 5_500_000
NAMES = [
    "plain.txt",
    "with several spaces.txt",
    "+plus+ and %2B.txt",
    "percent % %41.txt",
    "hash#fragment.txt",
    "question?mark=1&other=2.txt",
    "signs !$&'()*,;=:@[]{}|^~.txt",
    "folder/日本語/ファイル名.txt",
    "folder/Кириллица/Ελληνικά.txt",
    "folder/emoji 🎉.txt",
    "folder/" + "s" * 200 + "/" + "文" * 66,
]


class Steps:
    """Runs steps in the order of their definition; a failed one does not end the run."""

    def __init__(self):
        self.ok = 0
        self.failed = 0

    def __call__(self, action):
        name = action.__doc__
        try:
            words = action()
            self.ok += 1
            print(f"ok {name}" + (f": {words}" if words else ""))
        except Exception:
            self.failed += 1
            print(f"FAILED {name}\n  " + traceback.format_exc().strip().replace("\n", "\n  "))
        sys.stdout.flush()

    def close(self):
        print(f"{self.ok} passed, {self.failed} failed")
        return 0 if self.ok and not self.failed else 1


step = Steps()


def same(actual, expected, what):
    """Insists that two values are equal."""
    if actual != expected:
        raise AssertionError(f"{what}: is {actual!r}, should be {expected!r}")


def refused(error, action):
    """Insists that an action raises this error."""
    try:
        result = action()
    except error:
        return
    raise AssertionError(f"answers {result!r} instead of {error.__name__}")


def content_of(length, seed):
    """Makes bytes that look random and are the same each time."""
    return random.Random(seed).randbytes(length)


def sha1(data):
    return hashlib.sha1(data).hexdigest()


def path(*names):
    """Makes a path in the working folder, and the folders to it."""
    result = os.path.join(FOLDER, *names)
    os.makedirs(os.path.dirname(result), exist_ok=True)
    return result


def write(data, *names):
    with open(path(*names), "wb") as file:
        file.write(data)
    return path(*names)


def read_tree(folder):
    """Reads the digests of all files below a folder."""
    digests = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            full = os.path.join(parent, name)
            with open(full, "rb") as file:
                digests[os.path.relpath(full, folder)] = sha1(file.read())
    return digests


def download(downloaded):
    """Reads the contents of a download through a file, as the SDK does."""
    target = path("downloaded")
    downloaded.save_to(target)
    with open(target, "rb") as file:
        return file.read()


def names_of(bucket, *arguments, **options):
    """Lists files and folders as the SDK's ls yields them."""
    return [folder or version.file_name for version, folder in bucket.ls(*arguments, **options)]


def authorized(key_id, key):
    api = b2.B2Api(b2.InMemoryAccountInfo())
    api.authorize_account(os.environ["B2_REALM"], key_id, key)
    return api


def sync(source, target, mode=b2.KeepOrDeleteMode.NO_DELETE, newer=b2.NewerFileSyncMode.REPLACE):
    synchronizer = b2.Synchronizer(4, newer_file_mode=newer, keep_days_or_delete=mode)
    with b2.SyncReport(io.StringIO(), True) as reporter:
        synchronizer.sync_folders(
            source_folder=b2.parse_folder(source, scene.api),
            dest_folder=b2.parse_folder(target, scene.api),
            now_millis=int(time.time() * 1000),
            reporter=reporter,
        )


def empty(bucket):
    for version, _ in bucket.ls("", latest_only=False, recursive=True):
        scene.api.delete_file_version(version.id_, version.file_name)


class Scene:
    """What the steps share."""


scene = Scene()


@step
def _():
    """authorizes at the realm URL"""
    scene.api = authorized(os.environ["B2_APPLICATION_KEY_ID"], os.environ["B2_APPLICATION_KEY"])
    info = scene.api.account_info
    same(info.get_realm(), os.environ["B2_REALM"], "realm")
    same(info.get_allowed()["bucketId"], None, "restriction")
    return f"part sizes {info.get_absolute_minimum_part_size()} and {info.get_recommended_part_size()}"


@step
def _():
    """refuses a wrong key"""
    refused(exception.Unauthorized, lambda: authorized(os.environ["B2_APPLICATION_KEY_ID"], "wrong"))


@step
def _():
    """creates a bucket"""
    rules = [{"fileNamePrefix": "logs/", "daysFromUploadingToHiding": 7, "daysFromHidingToDeleting": 1}]
    scene.bucket = scene.api.create_bucket(
        "b2sdk-conformance", "allPrivate", bucket_info={"purpose": "test"}, lifecycle_rules=rules
    )
    found = scene.api.get_bucket_by_name("b2sdk-conformance")
    same(found.id_, scene.bucket.id_, "bucket ID")
    same(found.bucket_info, {"purpose": "test"}, "bucket info")
    same(found.lifecycle_rules, rules, "lifecycle rules")


@step
def _():
    """refuses a bucket name that is taken"""
    refused(exception.DuplicateBucketName, lambda: scene.api.create_bucket("b2sdk-conformance", "allPrivate"))


@step
def _():
    """updates a bucket, and refuses an update of an older revision"""
    revision = scene.bucket.revision
    updated = scene.bucket.update(
        bucket_info={"purpose": "test", "Cache-Control": "max-age=60"},
        cors_rules=[
            {
                "corsRuleName": "anybody",
                "allowedOrigins": ["https"],
                "allowedOperations": ["b2_download_file_by_name"],
                "allowedHeaders": ["range"],
                "exposeHeaders": ["x-bz-content-sha1"],
                "maxAgeSeconds": 3600,
            }
        ],
        lifecycle_rules=[],
        if_revision_is=revision,
    )
    same(updated.revision, revision + 1, "revision")
    same(updated.cors_rules[0]["maxAgeSeconds"], 3600, "CORS rule")
    refused(exception.Conflict, lambda: scene.bucket.update(bucket_info={}, if_revision_is=revision))


@step
def _():
    """uploads bytes under difficult names and downloads them by name and by ID"""
    for number, name in enumerate(NAMES):
        data = content_of(1000 + number, number)
        info = {"number": str(number), "words": "a + b = ü 100%"}
        version = scene.bucket.upload_bytes(data, name, file_infos=info)
        same([version.file_name, version.size, version.content_sha1], [name, len(data), sha1(data)], "answer")
        by_name = scene.bucket.download_file_by_name(name)
        same(by_name.download_version.file_name, name, "name of the download")
        same(by_name.download_version.file_info, info, "file info of the download")
        same(sha1(download(by_name)), sha1(data), "download by name")
        same(sha1(download(scene.bucket.download_file_by_id(version.id_))), sha1(data), "download by ID")
    return f"{len(NAMES)} names"


@step
def _():
    """uploads an empty file"""
    version = scene.bucket.upload_bytes(b"", "empty")
    same(download(scene.bucket.download_file_by_name("empty")), b"", "contents")
    same(version.size, 0, "size")


@step
def _():
    """uploads a local file"""
    local = write(content_of(50_000, 50), "local", "file.bin")
    version = scene.bucket.upload_local_file(local, "local/file.bin")
    same(sha1(download(scene.bucket.download_file_by_name("local/file.bin"))), version.content_sha1, "SHA-1")


@step
def _():
    """uploads a large file in parts"""
    data = content_of(LARGE_BYTES, 99)
    local = write(data, "local", "large.bin")
    version = scene.bucket.upload_local_file(local, "large.bin", content_type="application/x-large")
    same(version.size, LARGE_BYTES, "size")
    same(version.content_type, "application/x-large", "content type")
    same(version.content_sha1, "none", "SHA-1 of the answer")
    scene.large = version
    downloaded = scene.bucket.download_file_by_name("large.bin")
    same(sha1(download(downloaded)), sha1(data), "contents")
    return f"{-(-LARGE_BYTES // scene.api.account_info.get_recommended_part_size())} parts"


@step
def _():
    """downloads a range"""
    downloaded = scene.bucket.download_file_by_name("large.bin", range_=(1_000_000, 1_999_999))
    same(sha1(download(downloaded)), sha1(content_of(LARGE_BYTES, 99)[1_000_000:2_000_000]), "the range")


@step
def _():
    """answers file info"""
    version = scene.api.get_file_info(scene.large.id_)
    same([version.file_name, version.size, version.action], ["large.bin", LARGE_BYTES, "upload"], "version")
    same(version.as_dict()["fileId"], scene.large.id_, "file ID")


@step
def _():
    """gives a download URL that works with a download authorization"""
    token = scene.bucket.get_download_authorization("local/", 60)
    url = scene.bucket.get_download_url("local/file.bin")
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": token})) as answer:
        same(sha1(answer.read()), sha1(content_of(50_000, 50)), "contents")
    return url


@step
def _():
    """lists a folder, the whole bucket, and pages of two"""
    expected = sorted(NAMES + ["empty", "local/file.bin", "large.bin"], key=lambda name: name.encode())
    same(names_of(scene.bucket, recursive=True), expected, "all names")
    same(names_of(scene.bucket, recursive=True, fetch_count=2), expected, "all names by pages")
    top = sorted({name.split("/")[0] + ("/" if "/" in name else "") for name in expected}, key=str.encode)
    same(names_of(scene.bucket, fetch_count=2), top, "names at the top")
    below = [name for name in expected if name.startswith("folder/日本語/")]
    same(names_of(scene.bucket, "folder/日本語"), below, "names in a folder")
    return f"{len(expected)} names"


@step
def _():
    """copies files on the server, whole, in part, and in parts"""
    whole = scene.bucket.copy(scene.large.id_, "copies/whole.bin")
    part = scene.bucket.copy(
        scene.large.id_,
        "copies/part.bin",
        offset=10,
        length=2000,
        content_type="text/plain",
        file_info={"new": "yes"},
    )
    data = content_of(LARGE_BYTES, 99)
    same(sha1(download(scene.bucket.download_file_by_id(whole.id_))), sha1(data), "whole copy")
    same(sha1(download(scene.bucket.download_file_by_id(part.id_))), sha1(data[10:2010]), "copied part")
    same([part.content_type, part.file_info], ["text/plain", {"new": "yes"}], "metadata of the part")
    source = b2.CopySource(scene.large.id_, length=LARGE_BYTES)
    joined = scene.bucket.concatenate([source, b2.UploadSourceBytes(data[:200_000]), source], "copies/joined.bin")
    expected = sha1(data + data[:200_000] + data)
    same(sha1(download(scene.bucket.download_file_by_id(joined.id_))), expected, "joined file")


@step
def _():
    """hides a file and shows it again"""
    scene.bucket.upload_bytes(b"one", "hidden.txt")
    scene.bucket.upload_bytes(b"two", "hidden.txt")
    marker = scene.bucket.hide_file("hidden.txt")
    same(marker.action, "hide", "action")
    assert "hidden.txt" not in names_of(scene.bucket, recursive=True), "the file is still listed"
    refused(exception.FileNotPresent, lambda: download(scene.bucket.download_file_by_name("hidden.txt")))
    refused(exception.FileAlreadyHidden, lambda: scene.bucket.hide_file("hidden.txt"))
    refused(exception.FileNotPresent, lambda: scene.bucket.hide_file("never there"))
    listed = [version.action for version in scene.bucket.list_file_versions("hidden.txt")]
    same(listed, ["hide", "upload", "upload"], "actions")
    scene.api.delete_file_version(marker.id_, "hidden.txt")
    same(download(scene.bucket.download_file_by_name("hidden.txt")), b"two", "uncovered contents")


@step
def _():
    """deletes versions"""
    for version in list(scene.bucket.list_file_versions("hidden.txt")):
        same(scene.api.delete_file_version(version.id_, "hidden.txt").file_id, version.id_, "answer")
    same(list(scene.bucket.list_file_versions("hidden.txt")), [], "versions")
    refused(
        exception.FileNotPresent, lambda: scene.api.delete_file_version(scene.large.id_, "of another name")
    )


@step
def _():
    """lists unfinished large files and their parts, resumes one and cancels the other"""
    data = content_of(3_300_000, 7)
    size = scene.api.account_info.get_recommended_part_size()
    unfinished = [
        scene.api.services.large_file.start_large_file(scene.bucket.id_, name, "b2/x-auto", {})
        for name in ("unfinished/one", "unfinished/two")
    ]
    token = scene.api.session.get_upload_part_url(unfinished[0].file_id)
    part = data[:size]
    scene.api.raw_api.upload_part(
        token["uploadUrl"], token["authorizationToken"], 1, len(part), sha1(part), io.BytesIO(part)
    )
    listed = [file.file_name for file in scene.bucket.list_unfinished_large_files()]
    same(listed, ["unfinished/one", "unfinished/two"], "unfinished files")
    listed = [file.file_name for file in scene.bucket.list_unfinished_large_files(prefix="unfinished/t")]
    same(listed, ["unfinished/two"], "unfinished files below a prefix")
    parts = [(part.part_number, part.content_sha1) for part in scene.api.list_parts(unfinished[0].file_id)]
    same(parts, [(1, sha1(part))], "parts")
    same(scene.api.cancel_large_file(unfinished[1].file_id).file_name, "unfinished/two", "cancelled file")
    source = b2.WriteIntent(b2.UploadSourceBytes(data))
    version = scene.bucket.create_file(
        [source], "unfinished/one", continue_large_file_id=unfinished[0].file_id, content_type="b2/x-auto"
    )
    same(version.id_, unfinished[0].file_id, "file ID")
    same(sha1(download(scene.bucket.download_file_by_id(version.id_))), sha1(data), "contents")
    same(list(scene.bucket.list_unfinished_large_files()), [], "unfinished files at the end")


@step
def _():
    """syncs a folder up and down"""
    source = os.path.join(FOLDER, "sync source")
    for number, name in enumerate(NAMES):
        write(content_of(2000 + number, number), "sync source", name)
    write(content_of(2_500_000, 5), "sync source", "deep", "large + file.bin")
    sync(source, "b2://b2sdk-conformance/synced")
    sync("b2://b2sdk-conformance/synced", os.path.join(FOLDER, "sync target"))
    same(read_tree(os.path.join(FOLDER, "sync target")), read_tree(source), "trees")
    os.unlink(os.path.join(source, "plain.txt"))
    write(b"changed", "sync source", "hash#fragment.txt")
    sync(source, "b2://b2sdk-conformance/synced", mode=b2.KeepOrDeleteMode.DELETE)
    sync(
        "b2://b2sdk-conformance/synced",
        os.path.join(FOLDER, "sync target"),
        mode=b2.KeepOrDeleteMode.DELETE,
        newer=b2.NewerFileSyncMode.REPLACE,
    )
    same(read_tree(os.path.join(FOLDER, "sync target")), read_tree(source), "trees after changes")
    return f"{len(read_tree(source))} files"


@step
def _():
    """syncs from bucket to bucket on the server"""
    other = scene.api.create_bucket("b2sdk-conformance-2", "allPrivate")
    sync("b2://b2sdk-conformance/synced", "b2://b2sdk-conformance-2/copied")
    below = [name[len("synced/") :] for name in names_of(scene.bucket, "synced", recursive=True)]
    same([name[len("copied/") :] for name in names_of(other, "copied", recursive=True)], below, "names")
    empty(other)
    scene.api.delete_bucket(other)


@step
def _():
    """creates a restricted key, uses it, and deletes it"""
    capabilities = ["listBuckets", "listFiles", "readFiles", "writeFiles"]
    key = scene.api.create_key(
        capabilities, "restricted", valid_duration_seconds=3600, bucket_id=scene.bucket.id_, name_prefix="local/"
    )
    listed = {listed.id_: listed for listed in scene.api.list_keys()}
    same(listed[key.id_].key_name, "restricted", "key name")
    same(listed[key.id_].bucket_id, scene.bucket.id_, "bucket of the key")
    same(sorted(listed[key.id_].capabilities), sorted(capabilities), "capabilities")
    api = authorized(key.id_, key.application_key)
    allowed = api.account_info.get_allowed()
    same([allowed["bucketName"], allowed["namePrefix"]], ["b2sdk-conformance", "local/"], "restrictions")
    bucket = api.get_bucket_by_name("b2sdk-conformance")
    bucket.upload_bytes(b"mine", "local/mine.txt")
    same(names_of(bucket, "local", recursive=True), ["local/file.bin", "local/mine.txt"], "names")
    refused(exception.MaxRetriesExceeded, lambda: bucket.upload_bytes(b"", "elsewhere"))
    refused(exception.Unauthorized, lambda: download(bucket.download_file_by_name("large.bin")))
    refused(exception.Unauthorized, lambda: names_of(bucket, "folder"))
    refused(exception.Unauthorized, lambda: bucket.update(bucket_info={}))
    refused(exception.RestrictedBucket, lambda: api.get_bucket_by_name("another-bucket"))
    same(scene.api.delete_key(key).id_, key.id_, "deleted key")
    assert key.id_ not in [listed.id_ for listed in scene.api.list_keys()], "the key is still listed"
    refused(exception.MaxRetriesExceeded, lambda: bucket.upload_bytes(b"", "local/late.txt"))


@step
def _():
    """encrypts with SSE-B2 and SSE-C"""
    managed = scene.bucket.upload_bytes(b"managed", "encrypted/managed", encryption=b2.SSE_B2_AES)
    same(managed.server_side_encryption.mode, b2.EncryptionMode.SSE_B2, "mode")
    key = b2.EncryptionKey(secret=b"0123456789abcdef0123456789abcdef", key_id="mine")
    setting = b2.EncryptionSetting(b2.EncryptionMode.SSE_C, b2.EncryptionAlgorithm.AES256, key)
    own = scene.bucket.upload_bytes(b"own key", "encrypted/own", encryption=setting)
    same(download(scene.bucket.download_file_by_id(own.id_, encryption=setting)), b"own key", "contents")
    data = content_of(2_500_000, 12)
    large = scene.bucket.upload_bytes(data, "encrypted/large", encryption=setting)
    same(sha1(download(scene.bucket.download_file_by_id(large.id_, encryption=setting))), sha1(data), "large file")
    refused(exception.B2Error, lambda: download(scene.bucket.download_file_by_id(own.id_)))
    updated = scene.bucket.update(default_server_side_encryption=b2.SSE_B2_AES)
    same(updated.default_server_side_encryption.mode, b2.EncryptionMode.SSE_B2, "default of the bucket")


@step
def _():
    """locks files"""
    bucket = scene.api.create_bucket("b2sdk-conformance-lock", "allPrivate", is_file_lock_enabled=True)
    until = int(time.time() * 1000) + 3_600_000
    setting = b2.FileRetentionSetting(b2.RetentionMode.GOVERNANCE, until)
    version = bucket.upload_bytes(b"locked", "locked", file_retention=setting, legal_hold=b2.LegalHold.ON)
    same(scene.api.get_file_info(version.id_).file_retention, setting, "retention")
    same(scene.api.get_file_info(version.id_).legal_hold, b2.LegalHold.ON, "legal hold")
    refused(exception.AccessDenied, lambda: scene.api.delete_file_version(version.id_, "locked"))
    scene.api.update_file_legal_hold(version.id_, "locked", b2.LegalHold.OFF)
    scene.api.update_file_retention(
        version.id_, "locked", b2.NO_RETENTION_FILE_SETTING, bypass_governance=True
    )
    scene.api.delete_file_version(version.id_, "locked")
    period = b2.RetentionPeriod(days=2)
    bucket.update(default_retention=b2.BucketRetentionSetting(b2.RetentionMode.GOVERNANCE, period))
    same(bucket.get_fresh_state().default_retention.period, period, "default retention")
    scene.api.delete_bucket(bucket)


@step
def _():
    """refuses to delete a bucket that holds files, and deletes it when it is empty"""
    refused(exception.B2Error, lambda: scene.api.delete_bucket(scene.bucket))
    empty(scene.bucket)
    scene.api.delete_bucket(scene.bucket)
    same([bucket.name for bucket in scene.api.list_buckets()], [], "buckets")


sys.exit(step.close())
