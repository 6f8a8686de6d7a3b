import { FileVideo, Upload } from "lucide-react";
import { useState } from "react";
import { FileTrigger } from "react-aria-components/FileTrigger";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { TextField } from "@/ui/Field";
import { Switch } from "@/ui/Switch";
import styles from "./AddDialog.module.css";
import { addFiles, addLinks } from "./adding";
import { closeAdd } from "./open";
import { findsMoments, rememberFindsMoments } from "./preferences";
import { ACCEPTED, otherWords, parseLinks } from "./sources";

/** Links and files, as many as people like. */
export function AddDialog({ links: given }: { links: string }) {
  const [text, setText] = useState(given);
  const [files, setFiles] = useState<readonly File[]>([]);
  const [findMoments, setFindMoments] = useState(findsMoments);
  const links = parseLinks(text);
  const [odd] = otherWords(text);
  const count = links.length + files.length;

  const add = () => {
    rememberFindsMoments(findMoments);
    addLinks(links);
    addFiles(files, findMoments);
    closeAdd();
  };

  return (
    <Dialog
      isOpen
      title="Add videos"
      onClose={closeAdd}
      actions={
        <>
          <Button onPress={closeAdd}>Cancel</Button>
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
