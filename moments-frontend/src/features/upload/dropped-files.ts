/** Files of a drop or a file picker, with the folders that contain them. */

export interface FoundFile {
  file: File;
  /** Path of the folder that was dropped or chosen, with subfolders; empty for a single file. */
  folder: string;
}

/** Folders of systems and network drives, which contain no files of the user. */
const SKIPPED = new Set(["@eaDir", "lost+found", "#recycle"]);

/** Return the files of a drop. Call it while handling the event: afterwards the browser forgets the entries. */
export function droppedFiles(data: DataTransfer): Promise<FoundFile[]> {
  const entries = [...data.items].map((item) => (item.kind === "file" ? item.webkitGetAsEntry() : null));
  const plain = [...data.files].map((file) => ({ file, folder: "" }));
  if (!entries.some((entry) => entry?.isDirectory)) return Promise.resolve(plain);
  return collect(entries.filter((entry) => entry !== null));
}

/** Return files of a picker with the folders that the browser states. */
export function chosenFiles(files: Iterable<File>): FoundFile[] {
  return [...files].map((file) => ({ file, folder: parentOf(file.webkitRelativePath ?? "") }));
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

async function collect(entries: readonly FileSystemEntry[]): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for (const entry of entries) {
    if (entry.isFile) {
      const file = await fileOf(entry as FileSystemFileEntry);
      if (file) found.push({ file, folder: parentOf(entry.fullPath.replace(/^\//, "")) });
    } else if (!entry.name.startsWith(".") && !SKIPPED.has(entry.name)) {
      found.push(...(await collect(await entriesOf(entry as FileSystemDirectoryEntry))));
    }
  }
  return found;
}

function fileOf(entry: FileSystemFileEntry): Promise<File | null> {
  return new Promise((resolve) => entry.file(resolve, () => resolve(null)));
}

/** Browsers return the content of a folder in portions; an empty one is the last. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve) => {
      reader.readEntries(resolve, () => resolve([]));
    });
    if (portion.length === 0) return all.sort(byName);
    all.push(...portion);
  }
}

const { compare } = new Intl.Collator(undefined, { numeric: true });
const byName = (one: FileSystemEntry, other: FileSystemEntry) => compare(one.name, other.name);
