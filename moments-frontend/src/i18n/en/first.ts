import api from "./api.json";
import app from "./app.json";
import common from "./common.json";
import exports from "./exports.json";
import lib from "./lib.json";
import library from "./library.json";
import search from "./search.json";
import session from "./session.json";
import ui from "./ui.json";
import upload from "./upload.json";

/** English texts of everything that the first load can display; `npm run check` reports features that are missing. */
export const first = { api, app, common, exports, lib, library, search, session, ui, upload };
