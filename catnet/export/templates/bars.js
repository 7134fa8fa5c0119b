"use strict";

// The answer as bars, each with its threshold, and by how much it has changed.

const MOST_BARS = 12; // classes that have one; of more, those with the highest probabilities
const QUIET = 500; // milliseconds without a change, after which the answer is read aloud
let areAllShown = false; // the bars of all classes
let saying; // the timer of what is read aloud next

/** The places of the outputs that have a bar, in the order of the classes, or the most probable first if they are many. */
function barred(yHat) {
  const places = Array.from(yHat, (_, i) => i);
  if (places.length <= MOST_BARS) return places;
  places.sort((i, j) => yHat[j] - yHat[i]);
  return areAllShown ? places : places.slice(0, MOST_BARS);
}

/** Makes the bars for an answer. */
function makeBars(yHat) {
  byId("bars").replaceChildren(...(model.goal === "regression" ? linesOfValue() : barsOfClasses(yHat)));
  byId("threshold-words").hidden = !tried.thresholds;
  const one = `The line is the threshold: only above it the answer is ${facts.names[0]}. Move it.`;
  const several = "The lines are the thresholds: the answer has each class that is above its own. Move them.";
  byId("threshold-words").textContent = yHat.length === 1 ? one : several;
}

/** A bar for each class that has one, and a button for the others. */
function barsOfClasses(yHat) {
  const bars = barred(yHat).map((i) => bar(facts.names[i], i));
  if (model.negative !== null) bars.push(bar(facts.negative_name, "negative"));
  return yHat.length > MOST_BARS ? [...bars, made("li", {}, moreButton(yHat))] : bars;
}

/** The button that shows the bars of all classes, or of the first alone again. */
function moreButton(yHat) {
  const words = areAllShown ? `show the first ${MOST_BARS} only` : `and ${yHat.length - MOST_BARS} more`;
  const button = made("button", { type: "button", id: "more-bars", ariaExpanded: areAllShown }, words);
  button.addEventListener("click", () => {
    areAllShown = !areAllShown;
    makeBars(tried.found.yHat);
    showAnswer(tried.found.yHat);
    byId("more-bars").focus();
  });
  return button;
}

/** The bar of a number and what it is between, and by how much it is usually off; each if that is known. */
function linesOfValue() {
  const lines = [];
  if (facts.target_range) {
    const [least, greatest] = facts.target_range.map((value) => digits(value));
    lines.push(bar(facts.names[0], "value"), made("li", { className: "soft" }, `in training: ${least} to ${greatest}`));
  }
  if (facts.usual_error !== null) {
    lines.push(made("li", { className: "soft" }, `off by about ${digits(facts.usual_error, 2)} on average`));
  }
  return lines;
}

/** A bar: its name, its value, its track, which is filled from the left; its threshold, as a number and as a slider. */
function bar(name, place) {
  const track = made("span", { className: "track" }, made("span", { className: "fill" }));
  const one = made("li", {}, made("span", { className: "name", title: name }, name), track, made("span", { className: "value" }));
  if (tried.thresholds && Number.isInteger(place)) {
    track.append(thresholdSlider(name, place));
    track.before(made("span", { className: "limit soft" }));
  }
  one.dataset.place = place;
  return one;
}

/** The threshold of a class, as a slider. */
function thresholdSlider(name, place) {
  const slider = made("input", { type: "range", min: 0, max: 1, step: 0.005, className: "threshold" });
  slider.setAttribute("aria-label", `threshold of ${name}`);
  slider.value = tried.thresholds[place];
  slider.addEventListener("input", () => {
    tried.thresholds[place] = Number(slider.value);
    showAnswer(tried.found.yHat);
  });
  return slider;
}

/** Shows an answer: the bars' lengths, and in words. */
function showAnswer(yHat) {
  if (model.goal === "3.0" && yHat.length > MOST_BARS) makeBars(yHat); // others may be the most probable now
  for (const one of byId("bars").querySelectorAll("li[data-place]")) showBar(one, yHat);
  const words = verdictOf(yHat, tried.thresholds);
  byId("verdict").textContent = words;
  byId("strip").textContent = words;
  byId("change").textContent = tried.fault || changeOf(yHat, words);
  byId("reset").ariaDisabled = !isTouched();
  document.body.classList.toggle("stale", tried.fault !== "");
  say(tried.fault || `${words}. ${byId("change").textContent}`);
}

/** Has a screen reader read a text aloud, as soon as nothing changes any more. */
function say(text) {
  clearTimeout(saying);
  saying = setTimeout(() => (byId("said").textContent = text), QUIET);
}

/** Shows the value of a bar. */
function showBar(one, yHat) {
  const { place } = one.dataset;
  const [share, value] = place === "value" ? shareOfRange(yHat[0]) : probability(place === "negative" ? 1 - yHat[0] : yHat[place]);
  one.querySelector(".fill").style.width = `${100 * Math.min(1, Math.max(0, share))}%`;
  one.querySelector(".value").textContent = value;
  if (one.querySelector(".threshold")) showThreshold(one, tried.thresholds[place]);
  const isAbove = place === "negative" ? yHat[0] <= tried.thresholds[0] : yHat[place] > tried.thresholds?.[place];
  const isBest = model.goal === "3.0" && yHat[place] === Math.max(...yHat);
  one.classList.toggle("is", place === "value" || isAbove || isBest);
}

/** Shows the threshold of a bar as a number. */
function showThreshold(one, threshold) {
  one.querySelector(".limit").textContent = `threshold ${percent(threshold)}`;
  one.querySelector(".threshold").setAttribute("aria-valuetext", percent(threshold));
}

/** How much of a bar a probability fills, and how it reads. */
function probability(p) {
  return [p, percent(p)];
}

/** The same of a number, between the least and the greatest of the training data. */
function shareOfRange(value) {
  const [least, greatest] = facts.target_range;
  return [(value - least) / (greatest - least || 1), digits(value)];
}

/** The answer in words: `cat, 93.1%`, `cat and lion`, `price: 231.4` */
function verdictOf(yHat, thresholds) {
  const { answer: said, probabilities } = inWords(model, yHat, thresholds ?? undefined);
  if (model.goal === "regression") return `${facts.names[0]}: ${digits(said)}`;
  if (model.goal === "2.0") return said.length ? inARow(said.map(shownName)) : "none of them";
  return `${shownName(said)}, ${percent(new Map(probabilities).get(said))}`;
}

/** The name of a class as it is shown: without characters that would change the text around it. */
function shownName(name) {
  return name === model.negative ? facts.negative_name : facts.names[model.classes.indexOf(name)];
}

/** By how much the answer, which is in words too, differs from the untouched one. */
function changeOf(yHat, words) {
  const what = inputs.untouched;
  const changes = Array.from(yHat, (y, i) => y - tried.untouched[i]);
  const most = changes.reduce((best, change, i) => (Math.abs(change) > Math.abs(changes[best]) ? i : best), 0);
  const [now, before] = [yHat[most], tried.untouched[most]];
  const wordsBefore = verdictOf(tried.untouched, model.thresholds);
  const isOther = words.split(", ")[0] !== wordsBefore.split(", ")[0] && model.goal !== "regression";
  const other = isOther ? ` The answer was: ${wordsBefore}.` : "";
  if (!isTouched()) return `This is the answer about the ${what}.`;
  if (now === before) return `The ${inputs.outputs} are those of the ${what}.${other}`;
  if (model.goal === "regression") return `${signed(now - before)} against ${digits(before)} for the ${what}.`;
  const points = Math.abs(100 * (now - before)).toFixed(1);
  return `${facts.names[most]}: ${percent(now)}, ${points} points ${now > before ? "more" : "less"} than for the ${what} (${percent(before)}).${other}`;
}
