const root = document.documentElement;
const width = root.clientWidth;
if (root.scrollWidth <= width) {
    return [];
}
const wide = [...document.body.querySelectorAll("*")].filter(element => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.right > width + 0.5;
});
return [`the page is ${root.scrollWidth} wide where ${width} are seen`].concat(wide.map(element => {
    const name = element.tagName.toLowerCase();
    const id = element.id ? `#${element.id}` : "";
    const classes = typeof element.className === "string" ? element.className.trim().split(/\s+/).filter(Boolean) : [];
    return [name + id, ...classes].join(".") + ` up to ${Math.round(element.getBoundingClientRect().right)}`;
}));
