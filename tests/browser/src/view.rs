/// Which of its two looks a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

impl Theme {
    pub const BOTH: [Self; 2] = [Self::Light, Self::Dark];

    /// As style sheets know it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// Through what kind of a browser somebody looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// In CSS pixels, when nothing is zoomed.
    pub width: u32,
    pub height: u32,
    pub theme: Theme,
    /// Whether the scripts of pages run.
    pub scripts: bool,
    /// In per cent.
    pub zoom: u32,
    pub reduced_motion: bool,
    /// As it would be printed.
    pub on_paper: bool,
    /// What the browser asks pages for, as in `Accept-Language`.
    pub languages: &'static str,
}

impl View {
    /// A laptop.
    pub const WIDE: Self = Self {
        width: 1280,
        height: 900,
        theme: Theme::Light,
        scripts: true,
        zoom: 100,
        reduced_motion: false,
        on_paper: false,
        languages: "en",
    };
    /// A sheet of A4 within margins of 18 mm.
    pub const PAPER: Self = Self { width: 658, height: 986, on_paper: true, ..Self::WIDE };
    /// A small phone.
    pub const NARROW: Self = Self { width: 320, height: 640, ..Self::WIDE };
    pub const BOTH: [Self; 2] = [Self::WIDE, Self::NARROW];

    #[must_use]
    pub const fn dark(self) -> Self {
        self.in_theme(Theme::Dark)
    }

    #[must_use]
    pub const fn in_theme(self, theme: Theme) -> Self {
        Self { theme, ..self }
    }

    #[must_use]
    pub const fn without_scripts(self) -> Self {
        self.with_scripts(false)
    }

    #[must_use]
    pub const fn with_scripts(self, scripts: bool) -> Self {
        Self { scripts, ..self }
    }

    /// As with the browser's own zoom: there are fewer CSS pixels, and each is larger.
    #[must_use]
    pub const fn zoomed(self, zoom: u32) -> Self {
        Self { zoom, ..self }
    }

    #[must_use]
    pub const fn with_reduced_motion(self) -> Self {
        Self { reduced_motion: true, ..self }
    }

    #[must_use]
    pub const fn in_languages(self, languages: &'static str) -> Self {
        Self { languages, ..self }
    }

    pub(crate) const fn css_size(&self) -> (u32, u32) {
        (self.width * 100 / self.zoom, self.height * 100 / self.zoom)
    }

    /// How many CSS pixels fit beside each other.
    pub const fn css_width(&self) -> u32 {
        self.css_size().0
    }

    /// Phones draw their scrollbars over the page.
    pub(crate) const fn is_a_phone(&self) -> bool {
        self.width < 600
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zoom_leaves_fewer_pixels() {
        assert_eq!(View::WIDE.zoomed(200).css_size(), (640, 450));
        assert_eq!(View::NARROW.css_size(), (320, 640));
        assert_eq!(View::WIDE.zoomed(200).css_width(), 640);
    }
}
