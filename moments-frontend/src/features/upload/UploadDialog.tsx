import { FileVideo, Upload } from "lucide-react";
import { useState } from "react";
import { FileTrigger } from "react-aria-components/FileTrigger";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { TextField } from "@/ui/Field";
import { Switch } from "@/ui/Switch";
import { closeUploadDialog } from "./dialog-store";
import { ACCEPTED, invalidTokens, parseLinks } from "./parse";
import { saveFindMoments, shouldFindMoments } from "./preferences";
import styles from "./UploadDialog.module.css";
import { addFiles, addLinks } from "./uploader";

export function UploadDialog({ links: initialLinks }: { links: string }) {
  const [text, setText] = useState(initialLinks);
  const [files, setFiles] = useState<readonly File[]>([]);
  const [findMoments, setFindMoments] = useState(shouldFindMoments);
  const links = parseLinks(text);
  const [invalid] = invalidTokens(text);
  const count = links.length + files.length;

  const add = () => {
    saveFindMoments(findMoments);
    addLinks(links);
    addFiles(files, findMoments);
    closeUploadDialog();
  };

  return (
    <Dialog
      isOpen
      title="Add videos"
      onClose={closeUploadDialog}
      actions={
        <>
          <Button onPress={closeUploadDialog}>Cancel</Button>
          <Button
            variant="primary"
            icon={<Upload />}
            isDisabled={count === 0}
            autoFocus={initialLinks !== ""}
            onPress={add}
          >
            Add to library
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <TextField
          label="Links"
          rows={3}
          autoFocus={initialLinks === ""}
          value={text}
          onChange={setText}
          placeholder="https://example.org/talk.mp4"
          error={
            invalid === undefined ? null : `“${invalid}” is not a link; links start with https:// or gs://`
          }
          description="One per line: a video file, a page of a video site, or a gs:// object. Moments are found automatically."
        />
        <FilePicker files={files} onAdd={(added) => setFiles([...files, ...added])} />
        <Switch isSelected={findMoments} onChange={setFindMoments}>
          Find moments
        </Switch>
      </div>
    </Dialog>
  );
}

function FilePicker({ files, onAdd }: { files: readonly File[]; onAdd: (files: readonly File[]) => void }) {
  return (
    <>
      <div className={styles.files}>
        <FileTrigger
          allowsMultiple
          acceptedFileTypes={ACCEPTED}
          onSelect={(list) => onAdd([...(list ?? [])])}
        >
          <Button icon={<FileVideo />}>Choose files</Button>
        </FileTrigger>
        <span>or drop them anywhere on the page</span>
        <span>Formats: MP4, MOV, MKV, AVI, WebM, MTS, WMV and more.</span>
      </div>
      {files.length > 0 && (
        <ul className={styles.selected} aria-label="Selected files">
          {files.map((file) => (
            <li key={`${file.name}:${file.size}:${file.lastModified}`}>{file.name}</li>
          ))}
        </ul>
      )}
    </>
  );
}
