// The region painter: the photo, and over it a canvas on which the pointer or the keyboard paints where the prompt acts.
// `props.photo` is the photo as a data URL; `props.value` becomes the mask as a PNG data URL, "" while nothing is painted.
const photo = element.querySelector("img");
const canvas = element.querySelector("canvas");
const cursor = element.querySelector(".painter-cursor");
const brush = element.querySelector("input[type=range]");
const pen = canvas.getContext("2d");
let last = null;
let at = { x: 0.5, y: 0.5 }; // of the keyboard's brush, as parts of the width and height

function radius() {
  return (Math.max(canvas.width, canvas.height) * brush.value) / 200;
}

function dab(x, y) {
  pen.strokeStyle = "#fff";
  pen.lineCap = "round";
  pen.lineWidth = 2 * radius();
  pen.beginPath();
  pen.moveTo(last ? last.x : x, last ? last.y : y);
  pen.lineTo(x, y + 0.01);
  pen.stroke();
  last = { x, y };
}

function publish() {
  const painted = pen.getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 0);
  props.value = painted ? canvas.toDataURL("image/png") : "";
}

function clear() {
  pen.clearRect(0, 0, canvas.width, canvas.height);
  publish();
}

function place(event) {
  const box = canvas.getBoundingClientRect();
  return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
}

function showCursor() {
  cursor.style.left = `${100 * at.x}%`;
  cursor.style.top = `${100 * at.y}%`;
  cursor.style.width = `${(200 * radius()) / canvas.width}%`;
}

function show() {
  element.querySelector(".painter").hidden = !props.photo;
  photo.onload = () => {
    canvas.width = photo.naturalWidth;
    canvas.height = photo.naturalHeight;
    publish();
    showCursor();
  };
  if (props.photo) photo.src = props.photo;
}

canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  last = null;
  dab(...place(event));
});
canvas.addEventListener("pointermove", (event) => event.buttons && last && dab(...place(event)));
canvas.addEventListener("pointerup", () => { last = null; publish(); });
canvas.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (step) at = { x: Math.min(1, Math.max(0, at.x + 0.04 * step[0])), y: Math.min(1, Math.max(0, at.y + 0.04 * step[1])) };
  else if (event.key === " ") { last = null; dab(at.x * canvas.width, at.y * canvas.height); last = null; publish(); }
  else if (event.key === "Delete" || event.key === "Backspace") clear();
  else return;
  event.preventDefault();
  showCursor();
});
brush.addEventListener("input", showCursor);
element.querySelector("button").addEventListener("click", clear);
watch("photo", show);
show();
