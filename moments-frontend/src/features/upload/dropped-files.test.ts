import { expect, test } from "vitest";
import { chosenFiles, droppedFiles } from "./dropped-files";

const at = (path: string) => `/${path}`;

function fileEntry(path: string): FileSystemEntry {
  const name = path.split("/").at(-1) ?? "";
  const file = (done: (file: File) => void) => done(new File(["x"], name));
  return { isFile: true, isDirectory: false, name, fullPath: at(path), file } as never;
}

/** Like Chromium, which returns a folder's entries in portions. */
function folderEntry(path: string, entries: readonly FileSystemEntry[]): FileSystemEntry {
  const createReader = () => {
    const portions = [...entries.map((entry) => [entry]), []];
    return { readEntries: (done: (found: FileSystemEntry[]) => void) => done(portions.shift() ?? []) };
  };
  const name = path.split("/").at(-1) ?? "";
  return { isFile: false, isDirectory: true, name, fullPath: at(path), createReader } as never;
}

function drop(...entries: FileSystemEntry[]): DataTransfer {
  const items = entries.map((entry) => ({ kind: "file", webkitGetAsEntry: () => entry }));
  return { items, files: [] } as never;
}

test("folders are walked and kept", async () => {
  const folder = folderEntry("Holiday", [
    fileEntry("Holiday/IMG_10.mov"),
    fileEntry("Holiday/IMG_2.mov"),
    folderEntry("Holiday/Day 2", [fileEntry("Holiday/Day 2/a.mp4")]),
    folderEntry("Holiday/@eaDir", [fileEntry("Holiday/@eaDir/thumb.mp4")]),
    folderEntry("Holiday/.hidden", [fileEntry("Holiday/.hidden/b.mp4")]),
  ]);
  const found = await droppedFiles(drop(folder, fileEntry("single.mp4")));
  expect(found.map(({ file, folder: parent }) => [parent, file.name])).toEqual([
    ["Holiday/Day 2", "a.mp4"],
    ["Holiday", "IMG_2.mov"],
    ["Holiday", "IMG_10.mov"],
    ["", "single.mp4"],
  ]);
});

test("a chosen folder states its path, a chosen file has none", () => {
  const inFolder = Object.assign(new File(["x"], "a.mp4"), { webkitRelativePath: "2024/May/a.mp4" });
  const found = chosenFiles([inFolder, new File(["x"], "b.mp4")]);
  expect(found.map(({ folder }) => folder)).toEqual(["2024/May", ""]);
});
