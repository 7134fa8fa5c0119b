"use strict";

// The check that this browser answers as catnet does, on the examples inside the page.

const MOST_DIFFERENCE = 1e-5; // of answers: probabilities, and numbers beyond 1 relative to them

/** Answers about the examples, and says how the answers differ from catnet's. */
async function checkItself() {
  const line = byId("check");
  try {
    const found = [];
    for (const example of examples) found.push(await compared(example));
    const isSame = found.every(({ levels, answers }) => levels === 0 && answers <= MOST_DIFFERENCE);
    line.textContent = isSame ? sameWords(found) : otherWords(found);
    line.classList.add(isSame ? "same" : "differs");
  } catch (error) {
    line.textContent = `not checked: this browser cannot read what is inside this page (${error.message}).`;
    line.classList.add("differs");
  }
}

/** How an example's pixels (in levels of 255) and answers differ from catnet's. */
async function compared(example) {
  const pixels = isTable ? null : await pixelsOf(fileOf(example), model);
  const row = isTable ? rowOf(model, cellsOf(example)).row : averaged(model, pixels);
  const ofCatnet = isTable ? null : Uint8Array.from(atob(example.pixels), (character) => character.charCodeAt(0));
  const { yHat } = answer(model, row);
  const relative = Array.from(yHat, (y, i) => Math.abs(y - example.answer[i]) / Math.max(1, Math.abs(example.answer[i])));
  return { levels: isTable ? 0 : furthest(pixels, ofCatnet), answers: Math.max(...relative) };
}

/** The cells of a row, by the columns' names. */
function cellsOf(example) {
  return new Map(facts.columns.map(({ name }, place) => [name, example.cells[place]]));
}

/** The largest difference of two pictures, in levels. */
function furthest(some, others) {
  return some.reduce((most, value, i) => Math.max(most, Math.abs(value - others[i])), 0);
}

/** That this browser answers as catnet does. */
function sameWords(found) {
  const largest = Math.max(...found.map(({ answers }) => answers));
  return `checked: this browser answers as catnet does on ${found.length} ${facts.examples_name} (largest difference ${largest.toExponential(0)})`;
}

/** That it does not, and by how much. */
function otherWords(found) {
  const others = found.filter(({ levels, answers }) => levels > 0 || answers > MOST_DIFFERENCE);
  const levels = Math.max(...found.map((each) => each.levels));
  const answers = digits(Math.max(...found.map((each) => each.answers)));
  const decodes = levels ? `this browser decodes pictures otherwise than catnet: by up to ${levels} of 255 levels` : "this browser computes otherwise than catnet";
  return `${decodes}. On ${others.length} of ${found.length} ${facts.examples_name} its answers differ by up to ${answers}.`;
}
