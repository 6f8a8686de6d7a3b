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

/** Links and files, as many as people like. */
export function UploadDialog({ links: given }: { links: string }) {
  const [text, setText] = useState(given);
  const [files, setFiles] = useState<readonly File[]>([]);
  const [findMoments, setFindMoments] = useState(shouldFindMoments);
  const links = parseLinks(text);
  const [odd] = invalidTokens(text);
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
            autoFocus={given !== ""}
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
          autoFocus={given === ""}
          value={text}
          onChange={setText}
          placeholder="https://example.org/talk.mp4"
          error={odd === undefined ? null : `“${odd}” is no link; a link begins with https://`}
          description="One a line: a video's address, a page of a video site, or gs://. Their moments are looked for."
        />
        <div className={styles.files}>
          <FileTrigger
            allowsMultiple
            acceptedFileTypes={ACCEPTED}
            onSelect={(list) => setFiles((before) => [...before, ...(list ?? [])])}
          >
            <Button icon={<FileVideo />}>Choose files</Button>
          </FileTrigger>
          <span>or drop them anywhere on the page</span>
        </div>
        {files.length > 0 && (
          <ul className={styles.chosen} aria-label="Chosen files">
            {files.map((file) => (
              <li key={`${file.name}:${file.size}:${file.lastModified}`}>{file.name}</li>
            ))}
          </ul>
        )}
        <Switch isSelected={findMoments} onChange={setFindMoments}>
          Find moments
        </Switch>
      </div>
    </Dialog>
  );
}
