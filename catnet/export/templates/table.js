"use strict";

// A row of a table: a form with a field per column, and what each input contributes to the answer.

const MOST_INPUTS = 15; // whose contributions are shown
let filledIn; // the example that the form was filled in with

// Rows of a table, as the page offers, shows and changes its inputs.
const rows = {
  untouched: "row as it was",
  outputs: "outputs",
  offer: setUpForm,
  start: startRow,
  startAgain: () => startRow(filledIn),
  areTouched: () => facts.columns.some((column, place) => inputOf(place).value !== filledIn.cells[place]),
  readAnew: (example) => ({ row: rowOf(model, cellsOf(example)).row, levels: 0 }),
  weights: weightsAsTable,
  show: showInputs,
};

/** Makes the form, and a button for each row that is inside the page. */
function setUpForm() {
  const [up, down] = model.goal === "regression" ? ["raises it", "lowers it"] : ["for it", "against it"];
  byId("legend").replaceChildren(legendEntry("for", `red, to the right: ${up}`), legendEntry("against", `blue, to the left: ${down}`));
  byId("form").replaceChildren(...facts.columns.map(field));
  byId("form").addEventListener("submit", (event) => event.preventDefault());
  byId("form").addEventListener("input", readForm);
  byId("examples").replaceChildren(...examples.map((example) => {
    const button = made("button", { type: "button" }, made("span", { ariaHidden: true }, example.name), named(example));
    button.addEventListener("click", () => startRow(example));
    return button;
  }));
}

/** The field of a column: a number between the least and the greatest of the training data, or one of its texts. */
function field(column, place) {
  const input = column.categories ? choiceOf(column) : made("input", { type: "text", inputMode: "decimal" });
  input.id = `column-${place}`;
  const label = made("label", { htmlFor: input.id }, column.shown);
  const fault = made("span", { className: "fault", id: `fault-${place}` });
  input.setAttribute("aria-describedby", `hint-${place} fault-${place}`);
  const all = [label, input];
  if (column.range && column.range[0] < column.range[1]) all.push(sliderFor(column, input));
  return made("div", { className: "field" }, ...all, made("span", { className: "soft hint", id: `hint-${place}` }, hintOf(column)), fault);
}

/** The texts of a column to choose from. */
function choiceOf(column) {
  const options = column.categories.map((text, i) => made("option", { value: text }, column.shown_categories[i]));
  if (column.may_be_missing) options.push(made("option", { value: "" }, "(missing)"));
  return made("select", {}, ...options, made("option", { value: column.another }, "(another)"));
}

/** A slider beside a field of numbers. */
function sliderFor({ range: [least, greatest], shown, is_whole: isWhole }, input) {
  const slider = made("input", { type: "range", min: least, max: greatest, step: isWhole ? 1 : "any" });
  slider.setAttribute("aria-label", `${shown}, slider`);
  slider.addEventListener("input", () => (input.value = isWhole ? slider.value : String(Number(Number(slider.value).toPrecision(4)))));
  return slider;
}

/** What the training data has in a column. */
function hintOf({ range, categories, may_be_missing: mayBeMissing, fill }) {
  const between = range ? `${digits(range[0], 6)} to ${digits(range[1], 6)} in training` : "";
  const missing = mayBeMissing && !categories ? `may be empty: read as ${digits(fill)}` : "";
  return [between, missing].filter(Boolean).join("; ");
}

/** The input element of a column. */
function inputOf(place) {
  return byId(`column-${place}`);
}

/** Fills in a row that is inside the page. */
function startRow(example) {
  facts.columns.forEach((column, place) => (inputOf(place).value = example.cells[place]));
  filledIn = example;
  byId("truth").textContent = [example.name, truthOf(example)].filter(Boolean).join(", ");
  begin(rowInForm());
}

/** Answers about what is in the form. */
function readForm() {
  const row = rowInForm();
  if (row) change(row);
  else showAnswer(tried.found.yHat);
}

/** The inputs that the form makes; null if a cell is not as it must be, which is said beside it, and in `tried`. */
function rowInForm() {
  const cells = new Map(facts.columns.map((column, place) => [column.name, inputOf(place).value]));
  const { row, faults } = rowOf(model, cells);
  facts.columns.forEach((column, place) => showField(column, place, faults.get(column.name)));
  const faulty = facts.columns.find(({ name }) => faults.has(name));
  tried.fault = faulty ? `${faulty.shown} ${faults.get(faulty.name)}. This is still the answer about the row before.` : "";
  return row;
}

/** Moves the slider of a field to its number, and says what is wrong with it, or unlike the training data. */
function showField({ range, shown, fill }, place, fault) {
  const input = inputOf(place);
  const number = Number(input.value);
  const slider = input.parentElement.querySelector("[type=range]");
  if (slider) slider.value = input.value.trim() === "" ? fill : number;
  const isOutside = range && input.value.trim() !== "" && (number < range[0] || number > range[1]);
  input.setAttribute("aria-invalid", fault !== undefined);
  byId(`fault-${place}`).textContent = fault ? `${shown} ${fault}` : isOutside ? "outside of what training had: a guess" : "";
}

/** Shows what each input contributes to the output that is asked about, the largest first, and what they add up to. */
function showInputs(row, asked, pass) {
  const values = contributions(model, row, asked, tried.off);
  const order = largestFirst(values);
  byId("sight-title").textContent = `What ${model.goal === "regression" ? "raises or lowers" : "speaks for"} ${facts.names[asked]}`;
  const largest = largestOf(values);
  const lines = order.slice(0, MOST_INPUTS).map((i) => inputLine(facts.inputs[i], row[i], values[i], largest));
  if (order.length > MOST_INPUTS) lines.push(made("li", { className: "soft" }, `and ${order.length - MOST_INPUTS} more, which contribute less`));
  byId("contributions").replaceChildren(...lines);
  const total = totalOf(pass.Z[depth(model)], asked);
  const rest = total - values.reduce((sum, value) => sum + value, 0);
  const restName = depth(model) === 1 ? "the bias" : "the rest";
  byId("sum").textContent = `With ${restName}, ${signed(rest)}, they add up to ${digits(total)}: ${meaningOf(asked)}.`;
}

/** The places of values, the largest first, whatever their signs are. */
function largestFirst(values) {
  return Array.from(values, (_, i) => i).sort((i, j) => Math.abs(values[j]) - Math.abs(values[i]));
}

/** An input, its value, and its contribution as a bar to the right (for) or to the left (against). */
function inputLine({ name, is_yes_or_no: isYesOrNo }, value, contribution, largest) {
  const fill = made("span", { className: contribution < 0 ? "fill negative" : "fill" });
  fill.style.width = `${(50 * Math.abs(contribution)) / largest}%`;
  const words = [made("span", { className: "name" }, name, " ", made("span", { className: "soft" }, isYesOrNo ? (value ? "(yes)" : "(no)") : digits(value, 6)))];
  return made("li", {}, ...words, made("span", { className: "balance" }, fill), made("span", { className: "value" }, signed(contribution, largest)));
}

/** What the contributions and the rest add up to, from Z[L]. */
function totalOf(Z, asked) {
  if (model.goal === "regression") return Z[0] / model.targetScale + model.targetShift;
  return model.goal === "3.0" ? Z[asked] - Z.reduce((sum, z) => sum + z, 0) / Z.length : Z[asked];
}

/** What that is. */
function meaningOf(asked) {
  const name = facts.names[asked];
  if (model.goal === "regression") return model.activations[depth(model) - 1] === "relu" ? `${name}, before the ReLU` : name;
  if (model.goal === "3.0") return `the logit of ${name} minus the mean of all logits, which softmax compares`;
  return `the logit of ${name}, whose sigmoid is the probability`;
}
