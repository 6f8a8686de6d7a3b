/** Texts of the interface. See "Interface texts" in docs/development.md. */

export { loadAllTexts, loadCatalogue, type TextKey, type TextValues, t, translateLabels } from "./catalogue";
export { chooseLanguage, LANGUAGES, type Language, language, locale, storedLanguage } from "./language";
export { rich } from "./rich";
