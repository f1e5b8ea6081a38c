/** Names that Windows reserves for devices, in any folder and with any extension. */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?$/i;

/**
 * Tells why a name of a bucket must not become a path below a local folder; undefined when it may.
 *
 * Takes `\` for a separator everywhere, so that a name that is harmless on one system is not a trap on another.
 *
 * @param platform - As `process.platform` tells it.
 */
export function unsafeReason(name: string, platform: NodeJS.Platform = process.platform): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must not be written
  if (/[\x00-\x1f\x7f]/.test(name)) {
    return "it holds a control character";
  }
  if (!name.isWellFormed()) {
    return "it holds half of a surrogate pair";
  }
  if (/^[/\\]/.test(name)) {
    return "it begins with a slash, as an absolute path does";
  }
  const parts = name.split(/[/\\]/);
  if (parts.some((part) => part === "." || part === "..")) {
    return "it holds . or .. as a part, which lead elsewhere";
  }
  if (parts.slice(0, -1).includes("")) {
    return "it holds two slashes in a row";
  }
  return platform === "win32" ? unsafeOnWindows(name) : undefined;
}

function unsafeOnWindows(name: string): string | undefined {
  if (/[<>:"|?*\\]/.test(name)) {
    return "it holds a character that Windows does not allow in names, or a drive letter";
  }
  const parts = name.split("/");
  if (parts.some((part) => DEVICE.test(part))) {
    return "it holds the name of a Windows device";
  }
  return parts.some((part) => /[. ]$/.test(part))
    ? "it holds a part that ends with a dot or space, which Windows drops"
    : undefined;
}

/** Tells whether a name stands for a folder, as some programs write it; no local file can have it. */
export function isFolderMarker(name: string): boolean {
  return name === "" || name.endsWith("/");
}
