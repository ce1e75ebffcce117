// Colours that fade into those of another theme are those of no theme.
for (const animation of document.getAnimations()) {
    try {
        animation.finish();
    } catch {
        animation.cancel();
    }
}
