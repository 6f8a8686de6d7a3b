/** The folders of the library as a tree, made from the paths that the API lists. */

export interface FolderCount {
  /** Path of a folder; empty for videos in none. */
  value: string;
  /** Number of videos in it and in the folders below. */
  total: number;
}

export interface Folder {
  path: string;
  name: string;
  total: number;
}

const { compare } = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Return the folders directly below `path`, in natural order. */
export function subfolders(folders: readonly FolderCount[], path: string): Folder[] {
  const start = path === "" ? "" : `${path}/`;
  return folders
    .filter(({ value }) => value !== "" && value.startsWith(start) && value.length > start.length)
    .map(({ value, total }) => ({ path: value, name: value.slice(start.length), total }))
    .filter(({ name }) => !name.includes("/"))
    .sort((one, other) => compare(one.name, other.name));
}

/** Return the folders on the way to `path`, itself last. */
export function breadcrumb(path: string): Pick<Folder, "path" | "name">[] {
  if (path === "") return [];
  const names = path.split("/");
  return names.map((name, index) => ({ name, path: names.slice(0, index + 1).join("/") }));
}
