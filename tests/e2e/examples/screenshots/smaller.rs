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
    let pixels: Vec<Colour> = bytes.chunks_exact(each).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    let (palette, indices) = (0..8).find_map(|bits| indexed(&pixels, bits)).expect("few colours, once they are coarse");
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

/// The palette and the pixels in it, when shades that differ in so many low bits count as one.
fn indexed(pixels: &[Colour], bits: u32) -> Option<(Vec<u8>, Vec<u8>)> {
    let coarse = |colour: &Colour| colour.map(|channel| channel >> bits);
    // The most frequent shade stands for those that are taken for the same, so that plain areas keep their colour.
    let mut shades: BTreeMap<Colour, BTreeMap<Colour, usize>> = BTreeMap::new();
    for pixel in pixels {
        *shades.entry(coarse(pixel)).or_default().entry(*pixel).or_default() += 1;
    }
    if shades.len() > COLOURS {
        return None;
    }
    let usual =
        |shades: &BTreeMap<Colour, usize>| shades.iter().max_by_key(|(_, count)| **count).map(|(shade, _)| *shade);
    let palette = shades.values().filter_map(usual).flatten().collect();
    let places: BTreeMap<Colour, u8> = shades.keys().copied().zip(0..=u8::MAX).collect();
    Some((palette, pixels.iter().map(|pixel| places[&coarse(pixel)]).collect()))
}
