"use strict";

// The network: what it computes, one function a step, with the names of the textbook.
//
//     x = (row - shift) * scale                    the inputs, A[0]
//     Z[l] = W[l] A[l-1] + b[l],  A[l] = g[l](Z[l])  the layers l = 1, ..., L
//     yHat = A[L]                                  probabilities, or a number
//
// All is computed in float64, which is what a number of JavaScript is. W[l] has n_l rows and n_{l-1} columns, and is
// stored row by row: the weight from neuron j to neuron i is W[l][i * n_{l-1} + j].

const LEAK = 0.01; // the slope of leaky ReLU below zero
const NONE_OFF = new Set();

// ---- the model ----

/** The model, from its facts and its numbers ({type, shape, base64} by the names of docs/MODEL_FILE.md). */
function modelOf(facts, numbers) {
  const model = { ...facts, W: [null], b: [null] };
  for (let l = 1; l < facts.sizes.length; l++) {
    model.W.push(numbersIn(numbers["W" + l]));
    model.b.push(numbersIn(numbers["b" + l]));
  }
  model.shift = numbersIn(numbers["scaling.shift"]);
  model.scale = numbersIn(numbers["scaling.scale"]);
  model.targetShift = numbersIn(numbers["target_scaling.shift"])[0];
  model.targetScale = numbersIn(numbers["target_scaling.scale"])[0];
  return model;
}

/** The numbers of an array, row by row. Their bytes are little-endian, as those of every browser's arrays are. */
function numbersIn({ type, base64, scale }) {
  const bytes = bytesOf(base64);
  if (type === "float64") return new Float64Array(bytes.buffer);
  if (type === "float32") return new Float32Array(bytes.buffer);
  return Float32Array.from(new Uint16Array(bytes.buffer), (bits) => scale * fromFloat16(bits));
}

/** The bytes that stand in the page as text. */
function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** The number that 16 bits stand for: a sign, 5 bits of the exponent, 10 of the fraction. */
function fromFloat16(bits) {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  return exponent === 0 ? sign * 2 ** -14 * fraction : sign * 2 ** (exponent - 15) * (1 + fraction);
}

/** L, the number of layers that have parameters. */
function depth(model) {
  return model.sizes.length - 1;
}

// ---- the activations ----

/** Each activation A = g(Z), of all neurons of a layer, beside its derivative g'(Z) of one neuron. */
const ACTIVATIONS = {
  linear: { g: (Z) => Z.slice(), derivative: () => 1 },
  relu: { g: (Z) => Z.map((z) => Math.max(0, z)), derivative: (z) => (z > 0 ? 1 : 0) },
  leaky_relu: { g: (Z) => Z.map((z) => Math.max(z, LEAK * z)), derivative: (z) => (z > 0 ? 1 : LEAK) },
  tanh: { g: (Z) => Z.map(Math.tanh), derivative: (z, a) => 1 - a * a },
  sigmoid: { g: (Z) => Z.map((z) => 1 / (1 + Math.exp(-z))), derivative: (z, a) => a * (1 - a) },
  softmax: { g: softmax }, // only an output layer has it
};

/** A_k = e^Z_k / sum_j e^Z_j; computed from Z - max Z, whose exponentials cannot overflow. */
function softmax(Z) {
  const largest = Z.reduce((most, z) => Math.max(most, z));
  const E = Z.map((z) => Math.exp(z - largest));
  const sum = E.reduce((total, e) => total + e);
  return E.map((e) => e / sum);
}

// ---- forward ----

/** x = (row - shift) * scale; shift and scale are each one number, or one number per input. */
function scaledInputs(model, row) {
  const of = (numbers, i) => numbers[numbers.length > 1 ? i : 0];
  return Float64Array.from(row, (value, i) => (value - of(model.shift, i)) * of(model.scale, i));
}

/** Z = W A + b */
function affine(W, A, b) {
  const Z = new Float64Array(b.length);
  for (let i = 0, place = 0; i < b.length; i++) {
    let sum = 0;
    for (let j = 0; j < A.length; j++) sum += W[place++] * A[j];
    Z[i] = sum + b[i];
  }
  return Z;
}

/** The forward pass of the inputs x: Z[l] and A[l] of all layers; A[0] is x. `off` has the hidden neurons that are
 *  switched off, as "layer:neuron", both as in the arrays (neurons from 0): their A is 0. */
function forward(model, x, off = NONE_OFF) {
  const Z = [null];
  const A = [x];
  for (let l = 1; l <= depth(model); l++) {
    Z.push(affine(model.W[l], A[l - 1], model.b[l]));
    A.push(ACTIVATIONS[model.activations[l - 1]].g(Z[l]));
    if (l < depth(model)) switchOff(A[l], l, off);
  }
  return { Z, A };
}

/** Sets the values of those neurons of layer l that are off to 0. */
function switchOff(values, l, off) {
  for (const place of off) {
    const [layer, neuron] = place.split(":").map(Number);
    if (layer === l) values[neuron] = 0;
  }
}

/** The rows that are answered about in turn: the row; with views "flip" also that of the picture's mirror image. */
function viewsOf(model, row) {
  return model.views === "flip" && model.image_size ? [row, mirrored(row, model.image_size, channelsOf(model))] : [row];
}

/** The answer about a row of n_0 numbers: {yHat, passes}. yHat is the mean of the answers about the views, in the
 *  target's own unit if the goal is regression; passes has the forward pass of each view. */
function answer(model, row, off = NONE_OFF) {
  const n0 = model.sizes[0];
  if (row.length !== n0) throw new Error(`a row has ${row.length} numbers, the network takes ${n0}`);
  const passes = viewsOf(model, row).map((view) => forward(model, scaledInputs(model, view), off));
  const outputs = passes.map(({ A }) => A[depth(model)]);
  const yHat = mean(outputs).map((output) => output / model.targetScale + model.targetShift);
  return { yHat, passes };
}

/** The mean of arrays, number by number. */
function mean(arrays) {
  return arrays[0].map((_, i) => arrays.reduce((sum, values) => sum + values[i], 0) / arrays.length);
}

// ---- backward: why it answers so ----

/** The contribution of each input to an output: x * d/dx of its logit (gradient times input), n_0 numbers; positive
 *  speaks for it. The logit is Z[L]; for softmax, whose outputs only count against each other, minus the mean of all
 *  logits; for regression in the target's unit. Of several views, the mean, where the pixels of the picture lie. */
function contributions(model, row, output, off = NONE_OFF) {
  const { passes } = answer(model, row, off);
  const dZL = direction(model, output);
  const [own, ofMirrorImage] = passes.map((pass) => gradientTimesInput(model, pass, dZL, off));
  return ofMirrorImage ? mean([own, mirrored(ofMirrorImage, model.image_size, channelsOf(model))]) : own;
}

/** dZ[L]: how what is asked about changes with each logit. */
function direction(model, output) {
  const k = model.sizes[depth(model)];
  const dZL = new Float64Array(k);
  dZL[output] = 1;
  if (model.goal === "3.0") return dZL.map((value) => value - 1 / k);
  return model.goal === "regression" ? dZL.map((value) => value / model.targetScale) : dZL;
}

/** x * (W[1]' dZ[1]), after the backward pass dZ[l] = (W[l+1]' dZ[l+1]) * g'(Z[l]). */
function gradientTimesInput(model, { Z, A }, dZL, off) {
  let dZ = dZL;
  for (let l = depth(model) - 1; l >= 1; l--) {
    const { g, derivative } = ACTIVATIONS[model.activations[l - 1]];
    const G = g(Z[l]); // A[l] before neurons were switched off
    const dA = transposedProduct(model.W[l + 1], dZ, model.sizes[l]);
    switchOff(dA, l, off);
    dZ = dA.map((value, i) => value * derivative(Z[l][i], G[i]));
  }
  return transposedProduct(model.W[1], dZ, model.sizes[0]).map((gradient, i) => gradient * A[0][i]);
}

/** W' dZ, of a W that has so many columns. */
function transposedProduct(W, dZ, columns) {
  const dA = new Float64Array(columns);
  for (let i = 0, place = 0; i < dZ.length; i++) {
    for (let j = 0; j < columns; j++) dA[j] += W[place++] * dZ[i];
  }
  return dA;
}

// ---- the row of a table ----

const LARGEST = 2 ** 128 - 2 ** 104; // what float32 can hold
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const DECIMAL_COMMA = /^[+-]?\d+,\d+$/;
const YES_AND_NO = new Map([["yes", 1], ["true", 1], ["no", 0], ["false", 0]]);
const MISSING_WORDS = ["", "nan", "na", "n/a", "#n/a", "<na>", "null", "none", "nil", "nat", "-", "--", "?", "."];
const MISSING = "missing"; // the category of cells that are missing

/** The n_0 inputs that the cells (a Map of texts by the names of the columns) make: {row, faults}. faults is a Map of
 *  what is wrong with the cells of some columns; if there is any, row is null. */
function rowOf(model, cells) {
  const row = [];
  const faults = new Map();
  for (const name of model.features) {
    try {
      row.push(...inputsOfCell(columnOf(model, name), (cells.get(name) ?? "").trim()));
    } catch (fault) {
      faults.set(name, fault.message);
    }
  }
  return { row: faults.size ? null : Float64Array.from(row), faults };
}

/** What the model knows of a column; of one that is simply a number it is nothing but the name. */
function columnOf(model, name) {
  const encoded = (model.encoded ?? []).find((column) => column.name === name);
  return encoded ?? { name, categories: null, fill: null, has_missing: false };
}

/** The inputs that a cell makes: 1 for the category with its text and 0 for the others; or its number. */
function inputsOfCell(column, text) {
  const isMissing = MISSING_WORDS.includes(text.toLowerCase());
  if (isMissing && column.fill === null) throw new Error("is empty, and the model does not fill it in");
  if (column.categories) return column.categories.map((name) => (name === (isMissing ? MISSING : text) ? 1 : 0));
  const number = isMissing ? column.fill : numberIn(text);
  return column.has_missing ? [number, isMissing ? 1 : 0] : [number];
}

/** The number in a cell; yes and no are 1 and 0. */
function numberIn(text) {
  const number = YES_AND_NO.get(text.toLowerCase()) ?? (NUMBER.test(text) ? Number(text) : NaN);
  const hint = DECIMAL_COMMA.test(text) ? `; write ${text.replace(",", ".")}, with a point` : "";
  if (!(Math.abs(number) <= LARGEST)) throw new Error(`must be a number, is ${text}${hint}`);
  return number;
}

// ---- the answer in words ----

/** The answer in the user's words: {probabilities, answer, value}. probabilities is [[name, p], ...], best first, for
 *  goal 1.0 with the name of what is not of the class. The answer is the most probable class; for goal 2.0 all classes
 *  above their threshold; for goal 1.0 the class if it is above its threshold. For regression it is the value. */
function inWords(model, yHat, thresholds = model.thresholds) {
  if (model.goal === "regression") return { probabilities: [], answer: yHat[0], value: yHat[0] };
  const ofClasses = model.classes.map((name, i) => [name, yHat[i]]);
  const others = model.negative === null ? [] : [[model.negative, 1 - yHat[0]]];
  const probabilities = [...others, ...ofClasses].sort(([, p], [, q]) => q - p);
  const isAbove = (name) => yHat[model.classes.indexOf(name)] > thresholds[model.classes.indexOf(name)];
  let said = probabilities[0][0];
  if (model.goal === "1.0") said = isAbove(model.classes[0]) ? model.classes[0] : model.negative;
  if (model.goal === "2.0") said = probabilities.map(([name]) => name).filter(isAbove);
  return { probabilities, answer: said, value: null };
}
