// What a person does in Thunderbird's address book, by way of the code behind its windows (153 ESR).
// The body of a function: arguments are the name of a deed and its arguments; the deed's result is returned.
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const { CardDAVDirectory } = ChromeUtils.importESModule("resource:///modules/CardDAVDirectory.sys.mjs");
const { CardDAVUtils } = ChromeUtils.importESModule("resource:///modules/CardDAVUtils.sys.mjs");
const { AddrBookCard } = ChromeUtils.importESModule("resource:///modules/AddrBookCard.sys.mjs");
const { VCardProperties, VCardPropertyEntry } = ChromeUtils.importESModule("resource:///modules/VCardUtils.sys.mjs");
const { DNS } = ChromeUtils.importESModule("resource:///modules/DNS.sys.mjs");

const CARDDAV = Ci.nsIAbManager.CARDDAV_DIRECTORY_TYPE;

function theBook() {
  const found = MailServices.ab.directories.find(each => each.dirType == CARDDAV);
  return CardDAVDirectory.forFile(found.fileName);
}

function notified(topic) {
  return new Promise(resolve => {
    const observer = () => {
      Services.obs.removeObserver(observer, topic);
      resolve();
    };
    Services.obs.addObserver(observer, topic);
  });
}

// addCard, modifyCard and deleteCards return before the server has answered: wait for what they began.
async function andSent(book, method, deed) {
  const begun = [];
  book[method] = function (...given) {
    const sending = CardDAVDirectory.prototype[method].apply(this, given);
    begun.push(sending);
    return sending;
  };
  try {
    deed();
  } finally {
    delete book[method];
  }
  await Promise.all(begun);
  return begun.length;
}

function entryOf([name, params, type, value]) {
  return new VCardPropertyEntry(name, { ...params }, type, value);
}

function described(card) {
  const entries = card.vCardProperties.entries;
  return {
    uid: card.UID,
    etag: card.getProperty("_etag", ""),
    href: card.getProperty("_href", ""),
    text: card.getProperty("_vCard", ""),
    name: card.displayName,
    photo: card.photoURL,
    entries: entries.map(each => [each.name, { ...each.params }, each.type, each.value]),
  };
}

const deeds = {
  // Address Book > New > CardDAV: what the person types is user name, address and password.
  async subscribe(user, password, location) {
    DNS.srv = DNS.mx = async () => []; // a firm without such records; nothing is asked outside this machine
    const found = await CardDAVUtils.detectAddressBooks(user, password, location);
    const synced = notified("addrbook-directory-synced");
    found[0].create();
    await synced;
    return found.map(each => ({ name: each.name, url: each.url.href }));
  },

  // Synchronise
  async sync() {
    await theBook().syncWithServer();
    return theBook().getStringValue("carddav.token", "");
  },

  cards() {
    return theBook().childCards.map(described);
  },

  // New contact, with the edit form's properties of a new card (edit.mjs: vCard 4.0)
  async create(entries) {
    const properties = new VCardProperties("4.0");
    entries.forEach(each => properties.addEntry(entryOf(each)));
    const card = new AddrBookCard();
    card.setProperty("_vCard", properties.toVCard());
    let added;
    await andSent(theBook(), "_sendCardToServer", () => (added = theBook().addCard(card)));
    return added.UID;
  },

  // Edit contact: each edit is a name and the entries which it shall have from now on
  async edit(uid, edits) {
    const card = theBook().getCard(uid);
    const properties = card.vCardProperties;
    for (const [name, entries] of edits) {
      properties.clearValues(name);
      entries.forEach(each => properties.addEntry(entryOf([name, ...each])));
    }
    card.setProperty("_vCard", properties.toVCard());
    return andSent(theBook(), "_sendCardToServer", () => theBook().modifyCard(card));
  },

  // Edit contact, a photo dropped on the form: saveCurrentContact of aboutAddressBook.js
  async photograph(uid, url) {
    const version = theBook().getCard(uid).vCardProperties.getFirstValue("version");
    const entry = version == "4.0" ? [{}, "uri", url] : [{ encoding: "B" }, "binary", url.split(",")[1]];
    return deeds.edit(uid, [["photo", [entry]]]);
  },

  async remove(uid) {
    const book = theBook();
    return andSent(book, "_deleteCardFromServer", () => book.deleteCards([book.getCard(uid)]));
  },
};

const [deed, ...given] = arguments;
return deeds[deed](...given);
