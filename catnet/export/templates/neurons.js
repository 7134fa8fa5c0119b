"use strict";

// The hidden neurons: how active each is, and what its weights look like. Each can be switched off.

const FIRST_SHOWN = matchMedia("(max-width: 28rem)").matches ? 12 : 24; // neurons of a layer
const MORE_SHOWN = 72;
const weightPictures = new Map(); // by neuron

/** Makes the buttons of all hidden layers, the most active neurons first; without hidden layers the outputs' weights. */
function makeNeurons(pass) {
  const layers = [];
  for (let l = 1; l < depth(model); l++) layers.push(layerOf(l, pass.A[l]));
  byId("layers").replaceChildren(...(layers.length ? layers : [inputs.weights()]));
}

/** A hidden layer: its title, and buttons for the most active neurons. */
function layerOf(l, A) {
  const order = largestFirst(A);
  const count = `${A.length} ${A.length === 1 ? "neuron" : "neurons"}`;
  const title = made("h3", { id: `layer-${l}` }, `Layer ${l}: ${count}, ${model.activations[l - 1].replace("_", " ")}`);
  const buttons = made("div", { className: "neurons" });
  buttons.setAttribute("role", "group");
  buttons.setAttribute("aria-labelledby", title.id);
  const more = made("button", { type: "button", className: "more" });
  more.addEventListener("click", () => showMore(l, order, buttons, more));
  showMore(l, order, buttons, more);
  return made("div", { className: "layer" }, title, buttons, more);
}

/** Shows the next neurons of a layer. */
function showMore(l, order, buttons, more) {
  const start = buttons.children.length;
  const next = order.slice(start, start + (start ? MORE_SHOWN : FIRST_SHOWN)).map((neuron) => neuronButton(l, neuron));
  buttons.append(...next);
  const left = order.length - buttons.children.length;
  more.textContent = `show ${Math.min(left, MORE_SHOWN)} more of the other ${left}`;
  more.hidden = left === 0;
  if (start) {
    showNeurons(tried.found.passes[0]);
    next[0].focus();
  }
}

/** The button of a neuron: it switches it off and on again. */
function neuronButton(l, neuron) {
  const bar = made("span", { className: "activation" }, made("span", { className: "fill" }));
  const button = made("button", { type: "button", className: "neuron" }, bar, made("span", { className: "number" }, `${neuron + 1}`));
  if (l === 1 && inputs === pictures) button.prepend(weightPicture(neuron));
  button.dataset.place = `${l}:${neuron}`;
  button.addEventListener("click", () => toggle(button.dataset.place));
  return button;
}

/** The picture of the weights of a neuron in layer 1, which is drawn once. */
function weightPicture(neuron) {
  if (!weightPictures.has(neuron)) {
    const canvas = made("canvas");
    paintWeights(canvas, weightsInto(1, neuron), model.image_size, channelsOf(model));
    canvas.setAttribute("aria-hidden", "true"); // the button says what it is
    weightPictures.set(neuron, canvas);
  }
  return weightPictures.get(neuron);
}

/** The weights into a neuron of layer l. */
function weightsInto(l, neuron) {
  const n = model.sizes[l - 1];
  return model.W[l].subarray(neuron * n, (neuron + 1) * n);
}

/** Switches a neuron off, or on again. */
function toggle(place) {
  if (!tried.off.delete(place)) tried.off.add(place);
  answerAnew();
}

/** Shows how active the neurons are: each beside the most active of its layer, positive or negative. */
function showNeurons(pass) {
  const largest = pass.A.map(largestOf);
  for (const button of byId("layers").querySelectorAll(".neuron")) {
    const [l, neuron] = button.dataset.place.split(":").map(Number);
    const a = pass.A[l][neuron];
    const isOn = !tried.off.has(button.dataset.place);
    const fill = button.querySelector(".fill");
    fill.style.width = `${(100 * Math.abs(a)) / largest[l]}%`;
    fill.classList.toggle("negative", a < 0);
    button.setAttribute("aria-pressed", isOn);
    const words = `neuron ${neuron + 1} of layer ${l}: ${isOn ? `activation ${digits(a)}` : "switched off"}`;
    button.setAttribute("aria-label", words);
    button.title = words;
  }
}

/** The weights of each output as pictures, of a network that has no hidden layers. */
function weightsAsPictures() {
  const figures = barred(tried.found.yHat).map((output) => {
    const canvas = made("canvas");
    paintWeights(canvas, weightsInto(1, output), model.image_size, channelsOf(model));
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `the weights of ${facts.names[output]}`);
    return made("figure", {}, canvas, made("figcaption", {}, facts.names[output]));
  });
  return made("div", { className: "weights" }, ...figures);
}

/** The weights of each output as a table with a line per input, the largest first, of a network without hidden layers. */
function weightsAsTable() {
  const outputs = barred(tried.found.yHat);
  const order = largestFirst(facts.inputs.map((_, i) => largestOf(outputs.map((output) => weightsInto(1, output)[i]))));
  const line = (name, numbers) => made("tr", {}, made("th", { scope: "row" }, name), ...numbers.map((number) => made("td", {}, signed(number))));
  const head = made("tr", {}, ...["input, as it is scaled", ...outputs.map((output) => facts.names[output])].map((name) => made("th", { scope: "col" }, name)));
  const lines = order.map((i) => line(facts.inputs[i].name, outputs.map((output) => weightsInto(1, output)[i])));
  const bias = line("the bias", outputs.map((output) => model.b[1][output]));
  const frame = made("div", { className: "scrolled", tabIndex: 0 }, made("table", {}, made("thead", {}, head), made("tbody", {}, ...lines, bias)));
  frame.setAttribute("role", "group");
  frame.setAttribute("aria-labelledby", "neurons-title");
  return frame;
}
