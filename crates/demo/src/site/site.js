// Six boxes that feel like one: typing goes on to the next, deleting goes back, pasting fills them all.
const boxes = [...document.querySelectorAll('.boxes input')];
for (const [index, box] of boxes.entries()) {
  box.addEventListener('input', () => {
    box.value = box.value.replace(/\D/g, '').slice(-1);
    if (box.value) boxes[index + 1]?.focus();
  });
  box.addEventListener('keydown', (event) => {
    if (event.key === 'Backspace' && !box.value) boxes[index - 1]?.focus();
  });
  box.addEventListener('paste', (event) => {
    const digits = event.clipboardData.getData('text').replace(/\D/g, '');
    if (digits.length < 2) return;
    event.preventDefault();
    for (const [at, one] of boxes.entries()) one.value = digits[at] ?? '';
    boxes[Math.min(digits.length, boxes.length) - 1].focus();
  });
}
