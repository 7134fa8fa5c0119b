"use strict";

// The check that this browser answers as catnet does, on the examples inside the page.

const MOST_DIFFERENCE = 1e-5; // of answers: probabilities, and numbers beyond 1 relative to them

/** Answers about the examples, and says how the answers differ from catnet's. */
async function checkItself() {
  const line = byId("check");
  line.textContent = "This page is checking itself ...";
  try {
    const found = [];
    for (const example of examples) found.push(await compared(example));
    const isSame = found.every(({ levels, answers }) => levels === 0 && answers <= MOST_DIFFERENCE);
    line.textContent = isSame ? sameWords(found) : otherWords(found);
    line.classList.add(isSame ? "same" : "differs");
  } catch (error) {
    line.textContent = `not checked: this browser cannot read what is inside, or the file was changed (${error.message}).`;
    line.classList.add("differs");
  }
}

/** How an example's pixels (in levels of 255) and answers differ from catnet's. */
async function compared(example) {
  const { row, levels } = await inputs.readAnew(example);
  const { yHat } = answer(model, row);
  const relative = Array.from(yHat, (y, i) => Math.abs(y - example.answer[i]) / Math.max(1, Math.abs(example.answer[i])));
  return { levels, answers: Math.max(...relative) };
}

/** The cells of a row, by the columns' names. */
function cellsOf(example) {
  return new Map(facts.columns.map(({ name }, place) => [name, example.cells[place]]));
}

/** The largest difference of two pictures, in levels. */
function furthest(some, others) {
  return some.reduce((most, value, i) => Math.max(most, Math.abs(value - others[i])), 0);
}

/** That this browser answers as catnet does; if the weights were rounded, as this page's network does. */
function sameWords(found) {
  const largest = Math.max(...found.map(({ answers }) => answers)).toExponential(0);
  const on = `on ${found.length} ${facts.examples_name} (largest difference ${largest})`;
  if (facts.rounding === null) return `checked: this browser answers as catnet does ${on}`;
  const moved = facts.rounding.toExponential(0);
  return `checked: this browser computes this page's network right ${on}; rounding its weights to 16 bits moved the answers by ${moved} from catnet's`;
}

/** That it does not, by how much, and why that may be. */
function otherWords(found) {
  const others = found.filter(({ levels, answers }) => levels > 0 || answers > MOST_DIFFERENCE);
  const levels = Math.max(...found.map((each) => each.levels));
  const answers = digits(Math.max(...found.map((each) => each.answers)));
  const decodes = levels
    ? `this browser decodes pictures otherwise than catnet, or the file was changed: by up to ${levels} of 255 levels`
    : "this browser computes otherwise than catnet, or the file was changed";
  return `${decodes}. On ${others.length} of ${found.length} ${facts.examples_name} its answers differ by up to ${answers}.`;
}

/** What keeps the page from answering at all: the file is not whole, or not as it was. */
function sayBroken(error) {
  document.querySelector("main").hidden = true;
  byId("check").textContent = `This file is incomplete or was changed, so it cannot answer (${error.message}).`;
  byId("check").classList.add("differs");
}
