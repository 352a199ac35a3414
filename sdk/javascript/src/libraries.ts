// Which files of a program are npm packages'.

/** Whether a file belongs to an npm package. */
export function isLibrary(file: string): boolean {
  return /(^|[\\/])node_modules[\\/]/.test(file);
}

/** The npm package that a file belongs to; null for the user's own files. */
export function libraryOf(file: string): string | null {
  if (!isLibrary(file)) return null;
  const parts = (file.split(/node_modules[\\/]/).at(-1) ?? "").split(/[\\/]/);
  return parts.slice(0, parts[0]?.startsWith("@") ? 2 : 1).join("/");
}
