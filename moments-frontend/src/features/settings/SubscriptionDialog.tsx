import { useMutation, useQuery } from "@tanstack/react-query";
import { Eye } from "lucide-react";
import { useState } from "react";
import { problemText, toApiError } from "@/api/errors";
import { changeSubscription, createSubscription, previewSubscription } from "@/api/intake";
import { tagsQuery } from "@/api/organise";
import type { SubscriptionRecord } from "@/api/schema";
import { t } from "@/i18n";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { NumberField } from "@/ui/NumberField";
import { Switch } from "@/ui/Switch";
import { TagField } from "@/ui/TagField";
import { CheckResults } from "./CheckResults";
import styles from "./Settings.module.css";
import { initialFields, type SubscriptionFields, toChanges, toSubscription } from "./subscription-fields";

interface SubscriptionDialogProps {
  /** Null creates one. */
  subscription: SubscriptionRecord | null;
  onClose: () => void;
}

/** Address, interval, limits and options of a subscription. A new one can be tried out first. */
export function SubscriptionDialog({ subscription, onClose }: SubscriptionDialogProps) {
  const [fields, setFields] = useState(() => initialFields(subscription));
  const isNew = subscription === null;
  const change = (changes: Partial<SubscriptionFields>) => setFields({ ...fields, ...changes });
  const save = useMutation({
    mutationFn: async () => {
      if (isNew) await createSubscription(toSubscription(fields));
      else await changeSubscription(subscription.id, toChanges(fields));
    },
    onSuccess: onClose,
  });
  const preview = useMutation({ mutationFn: () => previewSubscription(toSubscription(fields)) });
  const error = save.error ?? preview.error;
  const isEmpty = fields.url.trim() === "";
  return (
    <FormDialog
      title={isNew ? t("settings.addSubscription") : t("settings.editSubscription")}
      submit={isNew ? t("settings.subscribe") : t("common.save")}
      className={styles.form}
      isDisabled={isEmpty}
      isPending={save.isPending}
      onSubmit={() => save.mutate()}
      onClose={onClose}
      actions={
        isNew && (
          <Button
            icon={<Eye aria-hidden />}
            isDisabled={isEmpty}
            isPending={preview.isPending}
            onPress={() => preview.mutate()}
          >
            {t("settings.preview")}
          </Button>
        )
      }
    >
      <Fields fields={fields} isNew={isNew} onChange={change} />
      {error !== null && (
        <p role="alert" className={styles.error}>
          {problemText(toApiError(error).problem)}
        </p>
      )}
      {preview.data && <CheckResults result={preview.data} />}
    </FormDialog>
  );
}

interface OptionProps {
  fields: SubscriptionFields;
  onChange: (changes: Partial<SubscriptionFields>) => void;
}

interface FieldsProps extends OptionProps {
  isNew: boolean;
}

function Fields({ fields, isNew, onChange }: FieldsProps) {
  return (
    <>
      <TextField
        label={t("settings.subscriptionUrl")}
        description={isNew ? t("settings.subscriptionUrlHelp") : undefined}
        type="url"
        autoFocus={isNew}
        isReadOnly={!isNew}
        maxLength={2000}
        value={fields.url}
        onChange={(url) => onChange({ url })}
      />
      <Limits fields={fields} onChange={onChange} />
      <Options fields={fields} onChange={onChange} />
    </>
  );
}

function Limits({ fields, onChange }: OptionProps) {
  return (
    <div className={styles.fields}>
      <NumberField
        label={t("settings.checkEvery")}
        minValue={0.1}
        maxValue={720}
        value={fields.hours}
        onChange={(hours) => onChange({ hours })}
      />
      <NumberField
        label={t("settings.maxItems")}
        minValue={1}
        maxValue={1000}
        value={fields.maxItems}
        onChange={(maxItems) => onChange({ maxItems })}
      />
      <NumberField
        label={t("settings.maxAge")}
        minValue={1}
        maxValue={36500}
        value={fields.maxAgeDays}
        onChange={(maxAgeDays) => onChange({ maxAgeDays })}
      />
      <NumberField
        label={t("settings.maxLength")}
        minValue={0.1}
        maxValue={16000}
        value={fields.maxMinutes}
        onChange={(maxMinutes) => onChange({ maxMinutes })}
      />
    </div>
  );
}

/** Options for the added videos. */
function Options({ fields, onChange }: OptionProps) {
  const known = useQuery(tagsQuery()).data ?? [];
  return (
    <>
      <TagField
        label={t("settings.subscriptionTags")}
        description={t("settings.subscriptionTagsHelp")}
        tags={fields.tags}
        onChange={(tags) => onChange({ tags })}
        suggestions={known.map(({ name }) => name)}
      />
      <Switch isSelected={fields.moments} onChange={(moments) => onChange({ moments })}>
        {t("settings.findMoments")}
      </Switch>
    </>
  );
}
