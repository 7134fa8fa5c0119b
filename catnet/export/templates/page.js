"use strict";

// The page: what is tried at the moment, and how it is shown. `openPage` is run when the page opens.

let facts; // what is known of the model besides its numbers
let model; // facts and numbers, as the functions of the network take them
let examples; // those inside the page, with catnet's answers
let isTable; // whether they are rows of a table, or pictures

// The row that is answered about, the answer found, and that about the untouched example; the neurons that are off, the
// thresholds, and the output whose contributions are shown: of a new example the one with the highest yHat, unless
// another was asked about.
const tried = { row: null, found: null, untouched: null, off: new Set(), thresholds: null, asked: 0, isAsked: false };

/** Reads what is inside the page, which stands below this script. */
function readPage() {
  facts = inside("facts");
  examples = inside("examples-inside");
  model = modelOf(facts, inside("numbers"));
  isTable = model.image_size === null;
  tried.thresholds = storedThresholds();
}

/** The thresholds of the model; null if its outputs are no sigmoids. */
function storedThresholds() {
  return model.thresholds && model.thresholds.slice();
}

/** What stands in an element of the page as JSON. */
function inside(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

/** A new example, all neurons on. */
function begin(row) {
  tried.off.clear();
  compareWith(row);
  makeBars(tried.found.yHat);
  makeNeurons(tried.found.passes[0]);
  change(row);
}

/** What is tried is compared with the answer about this row. */
function compareWith(row) {
  tried.found = answer(model, row);
  tried.untouched = tried.found.yHat;
  if (!tried.isAsked) tried.asked = tried.untouched.indexOf(Math.max(...tried.untouched));
}

/** The example has been changed. */
function change(row) {
  tried.row = row;
  answerAnew();
}

/** Answers about what is tried, and shows all that depends on it. */
function answerAnew() {
  tried.found = answer(model, tried.row, tried.off);
  const { yHat, passes } = tried.found;
  byId("asked").value = tried.asked;
  showAnswer(yHat);
  if (isTable) showInputs(tried.row, tried.asked, passes[0]);
  else {
    showPicture(tried.row);
    showHeat(tried.row, tried.asked);
  }
  showNeurons(passes[0]);
}

/** Whether anything differs from the example with all neurons on. */
function isTouched() {
  const isMoved = tried.thresholds?.some((threshold, i) => threshold !== model.thresholds[i]);
  const isChanged = isTable ? facts.columns.some((column, place) => inputOf(place).value !== tried.example.cells[place]) : isPictureTouched();
  return tried.off.size > 0 || isMoved || isChanged;
}

/** All as it was. */
function reset() {
  tried.thresholds = storedThresholds();
  tried.isAsked = false;
  if (isTable) startRow(tried.example);
  else startPicture(easel.whole);
}

/** The outputs to ask about. */
function offerOutputs() {
  byId("asked").replaceChildren(...facts.names.map((name, i) => made("option", { value: i }, name)));
  byId("asking").hidden = facts.names.length === 1;
  byId("asked").addEventListener("change", (event) => {
    tried.asked = Number(event.target.value);
    tried.isAsked = true;
    answerAnew();
  });
}

/** On a narrow page the answer stays in sight in a strip. */
function keepAnswerInSight() {
  const watch = new IntersectionObserver(([{ isIntersecting }]) => (byId("strip").hidden = isIntersecting));
  watch.observe(byId("verdict"));
}

/** Opens the page with its first example. */
async function openPage() {
  readPage();
  document.querySelector("main").hidden = false;
  byId("reset").addEventListener("click", reset);
  offerOutputs();
  if (isTable) {
    setUpForm();
    startRow(examples[0]);
  } else {
    offerPictures();
    setUpEasel();
    await choose(fileOf(examples[0]), examples[0].name, truthOf(examples[0]));
  }
  keepAnswerInSight();
  await checkItself();
}

addEventListener("DOMContentLoaded", () => openPage().catch(sayBroken));
