"use strict";

// The answer as bars, each with its threshold, and by how much it has changed.

const MOST_BARS = 12; // classes that have one; of more, those with the highest probabilities
const QUIET = 500; // milliseconds without a change, after which the answer is read aloud

/** The places of the outputs that have a bar, in the order of the classes, or the most probable first if they are many. */
function barred(yHat) {
  const places = Array.from(yHat, (_, i) => i);
  return places.length <= MOST_BARS ? places : places.sort((i, j) => yHat[j] - yHat[i]).slice(0, MOST_BARS);
}

/** Makes the bars for an answer. */
function makeBars(yHat) {
  if (model.goal === "regression") {
    if (facts.target_range) {
      const [least, greatest] = facts.target_range.map((value) => digits(value));
      const range = made("li", { className: "soft" }, `in training: ${least} to ${greatest}`);
      byId("bars").replaceChildren(bar(facts.names[0], "value"), range);
    }
    return;
  }
  const bars = barred(yHat).map((i) => bar(facts.names[i], i));
  if (model.negative !== null) bars.push(bar(facts.negative_name, "negative"));
  if (bars.length < yHat.length) bars.push(made("li", { className: "soft" }, `and ${yHat.length - bars.length} more`));
  byId("bars").replaceChildren(...bars);
  byId("threshold-words").hidden = !tried.thresholds;
}

/** A bar: its name, its track, which is filled from the left, and its value; over the track, the threshold's slider. */
function bar(name, place) {
  const track = made("span", { className: "track" }, made("span", { className: "fill" }));
  if (tried.thresholds && Number.isInteger(place)) track.append(thresholdSlider(name, place));
  const one = made("li", {}, made("span", { className: "name" }, name), track, made("span", { className: "value" }));
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
  byId("change").textContent = changeOf(yHat);
  clearTimeout(tried.saying);
  tried.saying = setTimeout(() => (byId("said").textContent = `${words}. ${byId("change").textContent}`), QUIET);
}

/** Shows the value of a bar. */
function showBar(one, yHat) {
  const { place } = one.dataset;
  const [share, value] = place === "value" ? shareOfRange(yHat[0]) : probability(place === "negative" ? 1 - yHat[0] : yHat[place]);
  one.querySelector(".fill").style.width = `${100 * Math.min(1, Math.max(0, share))}%`;
  one.querySelector(".value").textContent = value;
  const isAbove = place === "negative" ? yHat[0] <= tried.thresholds[0] : yHat[place] > tried.thresholds?.[place];
  const isBest = model.goal === "3.0" && yHat[place] === Math.max(...yHat);
  one.classList.toggle("is", place === "value" || isAbove || isBest);
}

/** How much of a bar a probability fills, and how it reads. */
function probability(p) {
  return [p, percent(p)];
}

/** The same of a number, between the least and the greatest of the training data. */
function shareOfRange(value) {
  const [least, greatest] = facts.target_range;
  return [(value - least) / (greatest - least || 1), digits(value, 6)];
}

/** The answer in words: `cat, 93.1%`, `cat and lion`, `price: 231.4` */
function verdictOf(yHat, thresholds) {
  const { answer: said, probabilities } = inWords(model, yHat, thresholds ?? undefined);
  if (model.goal === "regression") return `${facts.names[0]}: ${digits(said, 6)}`;
  if (model.goal === "2.0") return said.length ? inARow(said.map(shownName)) : "none of them";
  return `${shownName(said)}, ${percent(new Map(probabilities).get(said))}`;
}

/** The name of a class as it is shown: without characters that would change the text around it. */
function shownName(name) {
  return name === model.negative ? facts.negative_name : facts.names[model.classes.indexOf(name)];
}

/** By how much the answer differs from the untouched one. */
function changeOf(yHat) {
  const what = isTable ? "row as it was" : "untouched picture";
  const changes = Array.from(yHat, (y, i) => y - tried.untouched[i]);
  const most = changes.reduce((best, change, i) => (Math.abs(change) > Math.abs(changes[best]) ? i : best), 0);
  const [now, before] = [yHat[most], tried.untouched[most]];
  const [wordsNow, wordsBefore] = [verdictOf(yHat, tried.thresholds), verdictOf(tried.untouched, model.thresholds)];
  const isOther = wordsNow.split(", ")[0] !== wordsBefore.split(", ")[0] && model.goal !== "regression";
  const other = isOther ? ` The answer was: ${wordsBefore}.` : "";
  if (!isTouched()) return `This is the answer about the ${what}.`;
  if (now === before) return `The ${isTable ? "outputs are" : "probabilities are"} those of the ${what}.${other}`;
  if (model.goal === "regression") return `${signed(now - before)} against ${digits(before, 6)} for the ${what}.`;
  const points = Math.abs(100 * (now - before)).toFixed(1);
  return `${facts.names[most]}: ${percent(now)}, ${points} points ${now > before ? "more" : "less"} than for the ${what} (${percent(before)}).${other}`;
}
