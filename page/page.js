"use strict";
// Texts of the corpus and of the model get into the page by textContent only.
const data = JSON.parse(document.getElementById("data").textContent);
const find = (id) => document.getElementById(id);

function make(tag, text = "", name = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (name) element.className = name;
  return element;
}

function fillSelect(select, texts) {
  const chosen = select.selectedIndex;
  select.replaceChildren(...texts.map((text, i) => {
    const option = make("option", text);
    option.value = i;
    return option;
  }));
  select.selectedIndex = Math.max(0, Math.min(chosen, texts.length - 1));
}

// The table of answers

const STEP = 100; // rows that are shown at first, and more each time
const AROUND = 90; // characters of a document before and after its mark
const COLUMNS = [
  ["question", (row) => row.question],
  ["right answer", (row) => row.gold],
  ["answer", (row) => row.answer],
  ["confidence", (row) => row.confidence],
  ["support", (row) => row.support ?? -1],
  ["comes from", (row) => row.kind],
  ["line of the corpus", (row) => row.line],
];
let column = 0, direction = 1, shown = STEP;
const opened = new Set(); // the questions whose documents are shown whole

function makeRows() {
  return data.runs[find("run").selectedIndex].answers.map(([answer, confidence, support, kind], i) => {
    const [question, gold] = data.questions[i];
    const [line, text, body] = data.documents[i] || [Infinity, "", 0];
    return { i, question, gold, answer, confidence, support, kind: data.classes[kind], line, text, body, right: answer === gold };
  });
}

function compare(a, b) {
  const [x, y] = [a, b].map(COLUMNS[column][1]);
  const order = typeof x === "string" ? x.localeCompare(y) : x === y ? 0 : x < y ? -1 : 1;
  return direction * order || a.i - b.i;
}

function chooseRows() {
  const words = find("search").value.toLowerCase();
  const show = find("show").value;
  return makeRows().filter((row) =>
    (!show || row.kind === show || (row.right ? "right" : "wrong") === show) &&
    [row.question, row.gold, row.answer, row.kind, row.text].some((text) => text.toLowerCase().includes(words))
  ).sort(compare);
}

// [start, end] of each place where the text has the words whole, from `body` on.
function findWords(text, words, body) {
  const escaped = words.replace(/[\^$\\.*+?()[\]{}|/]/gu, "\\$&");
  const whole = new RegExp(`(?<![\\p{L}\\p{N}_])${escaped}(?![\\p{L}\\p{N}_])`, "gu");
  whole.lastIndex = body;
  return words ? Array.from(text.matchAll(whole), (match) => [match.index, match.index + words.length]) : [];
}

function makeDocument(row) {
  const cell = make("td", "", "document");
  if (!row.text) {
    cell.textContent = "no document has this title";
    return cell;
  }
  const golds = findWords(row.text, row.gold, row.body).map((place) => [...place, "right"]);
  const others = row.right ? [] : findWords(row.text, row.answer, row.body).map((place) => [...place, "wrong"]);
  const marks = [...golds, ...others].sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  const first = marks.length ? marks[0] : [0, 0];
  const isOpen = opened.has(row.i);
  const start = isOpen || first[0] <= 2 * AROUND ? 0 : first[0] - AROUND;
  const end = isOpen ? row.text.length : Math.min(row.text.length, Math.max(first[1], start) + (start ? 1 : 2) * AROUND);
  cell.append(`${row.line}: ${start ? "… " : ""}`);
  let at = start;
  for (const [from, to, name] of marks) {
    if (from < at || to > end) continue;
    cell.append(row.text.slice(at, from), make("mark", row.text.slice(from, to), name));
    at = to;
  }
  cell.append(row.text.slice(at, end));
  if (isOpen || start || end < row.text.length) {
    const button = make("button", isOpen ? "less" : "… more");
    button.type = "button";
    button.addEventListener("click", () => {
      if (!opened.delete(row.i)) opened.add(row.i);
      cell.replaceWith(name(makeDocument(row), COLUMNS.length - 1));
    });
    cell.append(" ", button);
  }
  return cell;
}

function name(cell, i) {
  cell.dataset.name = COLUMNS[i][0];
  return cell;
}

function showAnswers() {
  const rows = chooseRows();
  const least = Number(find("least").value);
  const kept = rows.filter((row) => row.confidence >= least);
  const right = kept.filter((row) => row.right).length;
  const share = kept.length ? `, ${(100 * right / kept.length).toFixed(1)} % of them right` : "";
  find("count").textContent = `${kept.length} of ${rows.length} questions answered${share}`;
  find("answers").tBodies[0].replaceChildren(...rows.slice(0, shown).map((row) => {
    const line = make("tr");
    const isKept = row.confidence >= least;
    const cells = [
      make("td", row.question), make("td", row.gold),
      make("td", isKept ? row.answer : "unknown", isKept ? (row.right ? "right" : "wrong") : ""),
      make("td", row.confidence.toFixed(4)), make("td", row.support?.toFixed(4) ?? ""),
      make("td", row.kind), makeDocument(row),
    ];
    line.append(...cells.map(name));
    return line;
  }));
  find("more").hidden = rows.length <= shown;
  COLUMNS.forEach((_, i) => {
    const head = find("answers").tHead.rows[0].cells[i];
    if (i === column) head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
    else head.removeAttribute("aria-sort");
  });
}

function showAnew() {
  shown = STEP;
  showAnswers();
}

function startAnswers() {
  fillSelect(find("run"), data.runs.map((run) => run.name));
  find("run").selectedIndex = Math.max(0, data.runs.findIndex((run) => run.name.includes("with pretraining")));
  for (const each of ["right", "wrong", ...data.classes]) {
    const option = make("option", each);
    option.value = each;
    find("show").append(option);
  }
  COLUMNS.forEach(([text], i) => {
    const head = make("th");
    head.scope = "col";
    const button = make("button", text);
    button.type = "button";
    button.addEventListener("click", () => {
      [column, direction] = [i, i === column ? -direction : 1];
      showAnew();
    });
    head.append(button);
    find("answers").tHead.rows[0].append(head);
  });
  find("controls").addEventListener("input", showAnew);
  find("more").addEventListener("click", () => {
    shown += STEP;
    showAnswers();
  });
  showAnswers();
}

// The attention maps

const decode = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0)); // rows of a lower triangle
const at = (row, column) => row * (row + 1) / 2 + column;
const shade = (code) => Math.sqrt(code / 255); // lets weak weights be seen

function paint(context, size, codes, width) {
  context.fillStyle = getComputedStyle(document.body).color;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      context.globalAlpha = shade(codes[at(row, column)]);
      context.fillRect(column * width, row * width, width, width);
    }
  }
  context.globalAlpha = 1;
}

function makeSmall(text, codes) {
  const canvas = make("canvas");
  canvas.width = canvas.height = text.length;
  paint(canvas.getContext("2d"), text.length, codes, 1);
  return canvas;
}

// A large map with the characters beside its rows and above its columns; says what is pointed at.
function makeLarge(text, codes, label, says) {
  const canvas = make("canvas", "", "large");
  const width = 20, margin = 22; // pixels of the canvas, which the page scales
  canvas.width = canvas.height = margin + text.length * width;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  const context = canvas.getContext("2d");
  context.fillStyle = getComputedStyle(document.body).color;
  context.font = "15px monospace";
  context.textAlign = "center";
  context.textBaseline = "middle";
  text.forEach((character, i) => {
    context.fillText(character, margin / 2, margin + (i + 0.5) * width);
    context.fillText(character, margin + (i + 0.5) * width, margin / 2);
  });
  context.translate(margin, margin);
  paint(context, text.length, codes, width);
  const tell = (event) => {
    const scale = canvas.width / canvas.clientWidth;
    const [column, row] = [event.offsetX, event.offsetY].map((each) => Math.floor((each * scale - margin) / width));
    const inside = 0 <= column && column <= row && row < text.length;
    says.textContent = inside
      ? `After “${text.slice(0, row + 1).join("")}”: ${(codes[at(row, column)] / 2.55).toFixed(1)} % from “${text[column]}” (character ${column + 1})`
      : "";
  };
  for (const kind of ["pointermove", "pointerdown"]) canvas.addEventListener(kind, tell);
  return canvas;
}

function makeMaps(title, { text, heads }) {
  const [layer, head] = [find("layer").selectedIndex, find("head").selectedIndex];
  const box = make("div"), small = make("div", "", "heads"), says = make("p");
  const [l, h] = [Math.min(layer, heads.length - 1), Math.min(head, heads[0].length - 1)];
  const label = `${title}, layer ${l + 1}, head ${h + 1}`;
  small.style.gridTemplateColumns = `repeat(${heads[0].length}, minmax(0, 5rem))`;
  heads.forEach((row, i) => row.forEach((codes, j) => {
    const button = make("button");
    button.type = "button";
    button.title = `layer ${i + 1}, head ${j + 1}`;
    button.setAttribute("aria-label", button.title);
    button.setAttribute("aria-pressed", i === l && j === h);
    button.append(makeSmall(text, decode(codes)));
    button.addEventListener("click", () => {
      [find("layer").selectedIndex, find("head").selectedIndex] = [i, j];
      showMaps();
    });
    small.append(button);
  }));
  box.append(make("h3", label), makeLarge(text, decode(heads[l][h]), label, says), says, small);
  return box;
}

function showMaps() {
  const variants = Object.entries(data.maps[find("question").selectedIndex].variants);
  const most = (count) => Math.max(...variants.map(([, { heads }]) => count(heads)));
  fillSelect(find("layer"), Array.from({ length: most((heads) => heads.length) }, (_, i) => i + 1));
  fillSelect(find("head"), Array.from({ length: most((heads) => heads[0].length) }, (_, i) => i + 1));
  find("maps").replaceChildren(...variants.map(([title, map]) => makeMaps(title, map)));
}

function startMaps() {
  fillSelect(find("question"), data.maps.map((map) => data.questions[map.question][0].slice(0, 120)));
  for (const id of ["question", "layer", "head"]) find(id).addEventListener("change", showMaps);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showMaps);
  showMaps();
}

for (const form of document.forms) form.addEventListener("submit", (event) => event.preventDefault());
startAnswers();
startMaps();
