import { type ReactNode, useId } from "react";
import { t } from "@/i18n";
import { Button } from "./Button";
import { Dialog } from "./Dialog";

interface FormDialogProps {
  title: string;
  /** Fields of the form. */
  children: ReactNode;
  /** Label of the submitting button: a verb. */
  submit: string;
  /** Buttons before the one that cancels. */
  actions?: ReactNode;
  width?: "s" | "m";
  /** Class of the form. */
  className?: string | undefined;
  isDisabled?: boolean;
  isPending: boolean;
  onSubmit: () => void;
  onClose: () => void;
}

/** A form with buttons that submit and cancel it in the footer of a dialog. */
export function FormDialog(props: FormDialogProps) {
  const { title, children, submit, actions, width = "m", className, onSubmit, onClose } = props;
  const form = useId();
  return (
    <Dialog
      title={title}
      isOpen
      onClose={onClose}
      width={width}
      actions={
        <>
          {actions}
          <Button onPress={onClose}>{t("common.cancel")}</Button>
          <Button
            type="submit"
            form={form}
            variant="primary"
            isDisabled={props.isDisabled ?? false}
            isPending={props.isPending}
          >
            {submit}
          </Button>
        </>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
        className={className}
      >
        {children}
      </form>
    </Dialog>
  );
}
