import { FileVideo, FolderOpen, Upload } from "lucide-react";
import { useState } from "react";
import { FileTrigger } from "react-aria-components/FileTrigger";
import { t } from "@/i18n";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { TextField } from "@/ui/Field";
import { Switch } from "@/ui/Switch";
import { closeUploadDialog } from "./dialog-store";
import { chosenFiles, type FoundFile } from "./dropped-files";
import { ACCEPTED, invalidTokens, parseLinks } from "./parse";
import { saveFindMoments, shouldFindMoments } from "./preferences";
import { keepVideos } from "./rejected";
import styles from "./UploadDialog.module.css";
import { addFiles, addLinks } from "./uploader";

export function UploadDialog({ links: initialLinks }: { links: string }) {
  const [text, setText] = useState(initialLinks);
  const [files, setFiles] = useState<readonly FoundFile[]>([]);
  const [findMoments, setFindMoments] = useState(shouldFindMoments);
  const links = parseLinks(text);
  const [invalid] = invalidTokens(text);
  const count = links.length + files.length;

  const add = () => {
    saveFindMoments(findMoments);
    addLinks(links);
    addFiles(keepVideos(files), findMoments);
    closeUploadDialog();
  };

  return (
    <Dialog
      isOpen
      title={t("upload.dialogTitle")}
      onClose={closeUploadDialog}
      actions={
        <>
          <Button onPress={closeUploadDialog}>{t("common.cancel")}</Button>
          <Button
            variant="primary"
            icon={<Upload />}
            isDisabled={count === 0}
            autoFocus={initialLinks !== ""}
            onPress={add}
          >
            {t("upload.submit")}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <TextField
          label={t("upload.links")}
          rows={3}
          autoFocus={initialLinks === ""}
          value={text}
          onChange={setText}
          placeholder="https://example.org/talk.mp4"
          error={invalid === undefined ? null : t("upload.invalidLink", { text: invalid })}
          description={t("upload.linksHelp")}
        />
        <FilePicker files={files} onAdd={(added) => setFiles([...files, ...added])} />
        <Switch isSelected={findMoments} onChange={setFindMoments}>
          {t("upload.findMoments")}
        </Switch>
      </div>
    </Dialog>
  );
}

/** Names listed before the rest is counted. */
const MAX_LISTED = 20;

interface FilePickerProps {
  files: readonly FoundFile[];
  onAdd: (files: readonly FoundFile[]) => void;
}

function FilePicker({ files, onAdd }: FilePickerProps) {
  const add = (list: FileList | null) => onAdd(chosenFiles(list ?? []));
  const more = files.length - MAX_LISTED;
  return (
    <>
      <div className={styles.files}>
        <FileTrigger allowsMultiple acceptedFileTypes={ACCEPTED} onSelect={add}>
          <Button icon={<FileVideo />}>{t("upload.chooseFiles")}</Button>
        </FileTrigger>
        <FileTrigger acceptDirectory onSelect={add}>
          <Button icon={<FolderOpen />}>{t("upload.chooseFolder")}</Button>
        </FileTrigger>
        <span>{t("upload.orDrop")}</span>
        <span>{t("upload.formats")}</span>
      </div>
      {files.length > 0 && (
        <ul className={styles.selected} aria-label={t("upload.selectedFiles")}>
          {files.slice(0, MAX_LISTED).map(({ file, folder }) => (
            <li key={`${folder}/${file.name}:${file.size}:${file.lastModified}`}>
              {folder === "" ? file.name : `${folder}/${file.name}`}
            </li>
          ))}
          {more > 0 && <li>{t("upload.more", { count: more })}</li>}
        </ul>
      )}
    </>
  );
}
