const element = document.activeElement;
const style = getComputedStyle(element);
const isMarked = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none";
const box = element.getBoundingClientRect();
const there = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
return isMarked && there !== null && (element.contains(there) || there.contains(element));
