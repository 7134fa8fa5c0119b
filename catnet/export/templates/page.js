"use strict";

// The page: what is tried at the moment, and how it is shown. `openPage` is run when the page opens.

let facts; // what is known of the model besides its numbers
let model; // facts and numbers, as the functions of the network take them
let examples; // those inside the page, with catnet's answers
let inputs; // how they are offered, read, shown and changed: `rows`, or `pictures`, which have the same functions

// What is tried at the moment.
const tried = {
  row: null, // that is answered about
  found: null, // the answer
  untouched: null, // yHat about the example as it was
  off: new Set(), // the neurons that are switched off
  thresholds: null,
  asked: 0, // the output whose contributions are shown: the one with the highest yHat of a new example,
  isAsked: false, // unless another was asked about
  fault: "", // why the answer is still that about what was tried before
};

/** Reads what is inside the page, which stands below this script. */
function readPage() {
  facts = inside("facts");
  examples = inside("examples-inside");
  model = modelOf(facts, inside("numbers"));
  inputs = model.image_size === null ? rows : pictures;
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
  inputs.show(tried.row, tried.asked, passes[0]);
  showNeurons(passes[0]);
}

/** Whether anything differs from the example with all neurons on. */
function isTouched() {
  const isMoved = tried.thresholds?.some((threshold, i) => threshold !== model.thresholds[i]);
  return tried.off.size > 0 || isMoved || inputs.areTouched();
}

/** All as it was. */
function reset() {
  tried.thresholds = storedThresholds();
  tried.isAsked = false;
  inputs.startAgain();
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
  inputs.offer();
  await inputs.start(examples[0]);
  keepAnswerInSight();
  await checkItself();
}

addEventListener("DOMContentLoaded", () => openPage().catch(sayBroken));
