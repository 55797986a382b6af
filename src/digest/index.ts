/** The daily digest: feeds of papers, ranked, as one mail a day. */
export { checkAddress } from "./address.js";
export { parseAtom } from "./atom.js";
export { parseDailyPapers } from "./daily-papers.js";
export { choose, type Delivered, type DeliverOptions, deliver } from "./deliver.js";
export type { Entry, Feed } from "./entry.js";
export { parseFeed } from "./feed.js";
export { composeMail, htmlBody, type MailSettings, messageIdOf, textBody } from "./mail.js";
export { type Ranked, rank } from "./rank.js";
export { forgetSearch, savedSearches, saveSearch } from "./searches.js";
export { type MailServer, type MailToSend, type Outcome, parseMailServer, sendMail } from "./smtp.node.js";
export { DEFAULT_SOURCE, readSource, type SourceOptions } from "./source.node.js";
