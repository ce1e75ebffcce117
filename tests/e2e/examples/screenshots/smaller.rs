use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Filter};
use std::{collections::BTreeMap, io::Cursor};

/// A picture with a palette has no more colours.
const COLOURS: usize = 256;

type Colour = [u8; 3];

/// The same picture in a fraction of its bytes: pages have few colours, and shades of letters may share one.
pub(crate) fn smaller(picture: &[u8]) -> Vec<u8> {
    let mut reader = Decoder::new(Cursor::new(picture)).read_info().expect("a picture");
    let mut bytes = vec![0; reader.output_buffer_size().expect("a picture of a sound size")];
    let info = reader.next_frame(&mut bytes).expect("a picture");
    let each = match (info.color_type, info.bit_depth) {
        (ColorType::Rgb, BitDepth::Eight) => 3,
        (ColorType::Rgba, BitDepth::Eight) => 4,
        other => panic!("no picture of a browser is {other:?}"),
    };
    let runs = runs(bytes.chunks_exact(each).map(|pixel| [pixel[0], pixel[1], pixel[2]]));
    let (palette, indices) = (0..8).find_map(|bits| indexed(&runs, bits)).expect("few colours, once they are coarse");
    let mut packed = Vec::new();
    let mut encoder = Encoder::new(&mut packed, info.width, info.height);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(palette);
    encoder.set_compression(Compression::High);
    encoder.set_filter(Filter::NoFilter);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&indices).expect("a picture");
    writer.finish().expect("a whole picture");
    packed
}

/// Each colour with how many pixels have it one after the other.
fn runs(pixels: impl Iterator<Item = Colour>) -> Vec<(Colour, usize)> {
    let mut runs: Vec<(Colour, usize)> = Vec::new();
    for pixel in pixels {
        match runs.last_mut() {
            Some((colour, length)) if *colour == pixel => *length += 1,
            _ => runs.push((pixel, 1)),
        }
    }
    runs
}

/// The palette and the pixels in it, when shades that differ in so many low bits count as one.
fn indexed(runs: &[(Colour, usize)], bits: u32) -> Option<(Vec<u8>, Vec<u8>)> {
    let coarse = |colour: &Colour| colour.map(|channel| channel >> bits);
    // The most frequent shade stands for those that are taken for the same, so that plain areas keep their colour.
    let mut shades: BTreeMap<Colour, BTreeMap<Colour, usize>> = BTreeMap::new();
    for (colour, length) in runs {
        *shades.entry(coarse(colour)).or_default().entry(*colour).or_default() += length;
    }
    if shades.len() > COLOURS {
        return None;
    }
    let usual = |of: &BTreeMap<Colour, usize>| of.iter().max_by_key(|(_, count)| **count).map(|(shade, _)| *shade);
    let palette = shades.values().filter_map(usual).flatten().collect();
    let places: BTreeMap<Colour, u8> = shades.keys().copied().zip(0..=u8::MAX).collect();
    let indices = runs.iter().flat_map(|(colour, length)| std::iter::repeat_n(places[&coarse(colour)], *length));
    Some((palette, indices.collect()))
}
