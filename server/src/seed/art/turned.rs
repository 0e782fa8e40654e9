//! Things made on a wheel or a lathe: jugs, vases, bowls, mugs, bottles,
//! lamps, baskets and pots.

use super::canvas::{Canvas, Rgb, SHADE, Turned, roundness};

/// A low round plinth for small things, so that they stand at eye height.
pub fn plinth(c: &mut Canvas, cx: f64, top: f64, half_width: f64) {
    let stone = Rgb::hex(0xcdc6b8);
    let block = Turned::new(cx, &[(top, half_width), (top + 90.0, half_width), (912.0, half_width)]);
    c.floor_shadow(cx, 912.0, half_width, half_width * 0.2, 210.0);
    block.draw(c, stone);
    c.ellipse(cx, top, half_width, half_width * roundness(top), stone.lit(0.42));
}

/// The shade a thing throws on the plinth it stands on.
fn contact(c: &mut Canvas, x: f64, y: f64, half_width: f64, colour: Rgb) {
    c.raw(format_args!(
        "<ellipse cx=\"{}\" cy=\"{}\" rx=\"{}\" ry=\"{}\" fill=\"{}\" fill-opacity=\".34\"/>",
        x + half_width * 0.22,
        y + half_width * 0.06,
        half_width * 1.24,
        half_width * 0.2,
        colour
    ));
}

/// A handled jug with a spout, dipped in glaze down to a raw foot.
pub fn jug(c: &mut Canvas, glaze: Rgb, raw: Rgb) {
    let cx = 385.0;
    let body = Turned::new(
        cx,
        &[
            (322.0, 94.0),
            (342.0, 86.0),
            (420.0, 82.0),
            (500.0, 122.0),
            (600.0, 182.0),
            (700.0, 206.0),
            (800.0, 184.0),
            (876.0, 134.0),
        ],
    );
    c.floor_shadow(cx, 876.0, 140.0, 28.0, 260.0);
    let handle = "M448 372C570 322 668 430 628 540C606 600 570 622 540 640";
    c.line(handle, glaze.shade(0.26), 40.0);
    c.faint_line("M452 364C566 320 652 424 616 530C598 584 564 606 536 622", glaze, 24.0, 1.0);
    body.draw(c, raw);
    body.between(322.0, 770.0).draw(c, glaze);
    // The spout: a lip pulled out to the left.
    c.path("M296 336C280 322 262 312 238 306C244 338 264 378 306 408Z", glaze.lit(0.12));
    body.open(c, glaze, 11.0);
    c.path("M304 316C282 314 262 309 238 306C256 318 272 326 292 328Z", glaze.shade(0.30));
    c.faint_line("M238 306C262 312 284 314 306 314", glaze.lit(0.3), 7.0, 1.0);
}

/// A round-bellied vase with olive branches.
pub fn vase(c: &mut Canvas, glaze: Rgb, raw: Rgb) {
    let cx = 400.0;
    let body = Turned::new(
        cx,
        &[
            (432.0, 62.0),
            (446.0, 50.0),
            (490.0, 44.0),
            (540.0, 74.0),
            (620.0, 158.0),
            (710.0, 190.0),
            (800.0, 164.0),
            (874.0, 98.0),
        ],
    );
    c.floor_shadow(cx, 874.0, 106.0, 23.0, 260.0);
    let twig = Rgb::hex(0x6b6247);
    branch(c, twig, (398.0, 440.0), (360.0, 300.0), (236.0, 150.0), 9);
    branch(c, twig, (406.0, 440.0), (420.0, 270.0), (384.0, 84.0), 9);
    branch(c, twig, (412.0, 440.0), (470.0, 320.0), (590.0, 214.0), 8);
    body.draw(c, glaze);
    body.between(800.0, 874.0).draw(c, raw);
    body.open(c, glaze, 9.0);
}

/// An olive branch along a curve, leaves left and right in turn.
fn branch(c: &mut Canvas, twig: Rgb, from: (f64, f64), bend: (f64, f64), to: (f64, f64), leaves: u32) {
    c.line(&format!("M{} {}Q{} {} {} {}", from.0, from.1, bend.0, bend.1, to.0, to.1), twig, 6.0);
    let (leaf, back) = (Rgb::hex(0x7f8b67), Rgb::hex(0xa4ad8c));
    for i in 0..=leaves {
        let t = 0.22 + 0.78 * f64::from(i) / f64::from(leaves);
        let (s, u) = (1.0 - t, t);
        let x = s * s * from.0 + 2.0 * s * u * bend.0 + u * u * to.0;
        let y = s * s * from.1 + 2.0 * s * u * bend.1 + u * u * to.1;
        let (dx, dy) = (
            2.0 * s * (bend.0 - from.0) + 2.0 * u * (to.0 - bend.0),
            2.0 * s * (bend.1 - from.1) + 2.0 * u * (to.1 - bend.1),
        );
        let along = dy.atan2(dx).to_degrees();
        let tilt = if i == leaves {
            0.0
        } else if i % 2 == 0 {
            -48.0
        } else {
            46.0
        };
        let long = 66.0 - 14.0 * t;
        let wide = 13.0 - 2.0 * t;
        c.raw(format_args!(
            "<g transform=\"translate({x:.1} {y:.1}) rotate({:.1})\"><path d=\"M0 0C{} {} {} {} {long} 0C{} {} {} {} 0 0Z\" fill=\"{}\"/><path d=\"M0 0L{long} 0C{} {} {} {} 0 0Z\" fill=\"{}\"/></g>",
            along + tilt,
            long * 0.3, -wide * 1.5, long * 0.75, -wide,
            long * 0.75, wide, long * 0.3, wide * 1.5,
            if i % 3 == 0 { back } else { leaf },
            long * 0.75, wide, long * 0.3, wide * 1.5,
            if i % 3 == 0 { leaf } else { leaf.shade(0.22) },
        ));
    }
}

/// A wide footed bowl, its inner face open to the viewer.
pub fn bowl(c: &mut Canvas, glaze: Rgb, raw: Rgb) {
    let cx = 392.0;
    plinth(c, 400.0, 742.0, 300.0);
    contact(c, cx, 724.0, 120.0, SHADE);
    let foot = Turned::new(cx, &[(690.0, 92.0), (710.0, 96.0), (726.0, 104.0)]);
    foot.draw(c, raw.shade(0.08));
    let body =
        Turned::new(cx, &[(486.0, 262.0), (530.0, 254.0), (600.0, 214.0), (660.0, 150.0), (700.0, 96.0)]);
    body.draw(c, glaze);
    body.between(624.0, 700.0).draw(c, raw);
    // Bowls are looked into: a rounder opening than the lathe's rule gives.
    let (y, r, ry) = (486.0, 262.0, 62.0);
    c.ellipse(cx, y, r, ry, glaze.lit(0.25));
    c.ellipse(cx, y + 1.0, r - 11.0, ry - 8.0, glaze.shade(0.30));
    c.path(
        &format!(
            "M{} {y}A{} {} 0 0 1 {} {y}C{} {} {} {} {} {}Z",
            cx - 20.0,
            r - 11.0,
            ry - 8.0,
            cx + r - 11.0,
            cx + 220.0,
            y + 34.0,
            cx + 120.0,
            y + 40.0,
            cx + 40.0,
            y + 20.0
        ),
        glaze.shade(0.19),
    );
    c.faint_line(
        &format!("M{} {}A{} {} 0 0 0 {} {}", cx - 150.0, y + 30.0, r * 0.7, ry * 0.62, cx + 150.0, y + 30.0),
        glaze.shade(0.42),
        5.0,
        0.5,
    );
}

/// A handled mug on a plinth, dipped in glaze.
pub fn mug(c: &mut Canvas, glaze: Rgb, raw: Rgb) {
    let cx = 366.0;
    plinth(c, 400.0, 742.0, 280.0);
    contact(c, cx, 722.0, 140.0, SHADE);
    let handle = "M490 486C620 440 650 640 480 650";
    c.line(handle, glaze.shade(0.28), 40.0);
    c.line("M490 478C604 440 632 624 480 636", glaze.shade(0.06), 24.0);
    let body = Turned::new(
        cx,
        &[(402.0, 150.0), (460.0, 148.0), (560.0, 148.0), (660.0, 146.0), (700.0, 136.0), (726.0, 112.0)],
    );
    body.draw(c, raw);
    body.between(402.0, 640.0).draw(c, glaze);
    let (y, r, ry) = (402.0, 150.0, 30.0);
    c.ellipse(cx, y, r, ry, glaze.lit(0.25));
    c.ellipse(cx, y + 1.0, r - 10.0, ry - 6.0, glaze.shade(0.30));
    c.path(
        &format!(
            "M{} {}A{} {} 0 0 0 {} {}A{} {} 0 0 0 {} {}Z",
            cx - 128.0,
            y + 10.0,
            r - 10.0,
            ry - 6.0,
            cx + 128.0,
            y + 10.0,
            150.0,
            16.0,
            cx - 128.0,
            y + 10.0
        ),
        Rgb::hex(0x3b2518),
    );
}

/// A tall glass carafe with a cork.
pub fn carafe(c: &mut Canvas, glass: Rgb, _: Rgb) {
    let cx = 400.0;
    let body = Turned::new(
        cx,
        &[
            (270.0, 46.0),
            (284.0, 40.0),
            (380.0, 40.0),
            (460.0, 58.0),
            (540.0, 108.0),
            (620.0, 132.0),
            (760.0, 138.0),
            (850.0, 136.0),
            (878.0, 124.0),
        ],
    );
    c.floor_shadow(cx, 878.0, 126.0, 26.0, 280.0);
    c.glow(cx + 220.0, 880.0, 150.0, 26.0, glass.lit(0.3), 0.55);
    let cork = Rgb::hex(0xc69a66);
    let stopper = Turned::new(cx, &[(210.0, 40.0), (230.0, 42.0), (282.0, 34.0)]);
    c.path(&body.outline(), glass.lit(0.34));
    let water = body.between(560.0, 878.0);
    c.path(&water.outline(), glass);
    c.path(&body.strip(0.46, 1.0), glass.shade(0.14));
    c.path(&water.strip(0.46, 1.0), glass.shade(0.24));
    let (y, r) = (560.0, body.radius(560.0));
    c.ellipse(cx, y, r, r * 0.15, glass.lit(0.2));
    c.ellipse(cx, y, r * 0.92, r * 0.125, glass.shade(0.12));
    c.soft(&body.between(300.0, 850.0).strip(-0.8, -0.62), Rgb::hex(0xffffff), 0.5);
    c.soft(&body.between(470.0, 840.0).strip(-0.54, -0.48), Rgb::hex(0xffffff), 0.4);
    c.soft(&body.between(300.0, 840.0).strip(0.84, 0.9), Rgb::hex(0xffffff), 0.28);
    stopper.draw(c, cork);
    c.ellipse(cx, 210.0, 40.0, 6.0, cork.lit(0.3));
    c.ellipse(cx, 284.0, 45.0, 6.5, glass.lit(0.55));
    c.path(&stopper.between(230.0, 280.0).outline(), cork.shade(0.05));
    c.soft(&body.between(272.0, 300.0).outline(), glass.lit(0.4), 0.6);
}

/// A pump bottle with a paper label.
pub fn pump(c: &mut Canvas, bottle: Rgb, metal: Rgb) {
    let cx = 408.0;
    let body = Turned::new(
        cx,
        &[
            (488.0, 60.0),
            (504.0, 118.0),
            (530.0, 146.0),
            (600.0, 150.0),
            (760.0, 150.0),
            (850.0, 150.0),
            (876.0, 140.0),
        ],
    );
    c.floor_shadow(cx, 876.0, 142.0, 28.0, 260.0);
    let collar = Turned::new(cx, &[(448.0, 44.0), (470.0, 46.0), (500.0, 46.0)]);
    c.path("M398 330H420V456H398Z", metal.shade(0.1));
    c.path("M412 330H420V456H412Z", metal.shade(0.3));
    body.draw(c, bottle);
    collar.draw(c, metal);
    c.ellipse(cx, 448.0, 44.0, 6.0, metal.lit(0.3));
    // The nozzle looks left, into the light.
    c.path("M450 306C450 292 440 286 424 286H330C290 286 270 300 262 334C260 344 274 348 279 340C288 324 300 322 318 322H424C440 322 450 322 450 306Z", metal);
    c.path("M450 306C450 322 440 322 424 322H318C300 322 288 324 279 340C276 345 270 345 266 342C274 318 292 308 320 308Z", metal.shade(0.26));
    let label = body.between(600.0, 800.0);
    // White paper on amber glass, kraft paper on a white bottle.
    let paper = Rgb::hex(if bottle.0 > 0xd0 { 0xd8bd92 } else { 0xf4efe4 });
    c.path(&label.strip(-0.72, 0.6), paper);
    c.path(&label.strip(0.34, 0.6), paper.shade(0.1));
    for (y, to) in [(660.0, 0.1), (684.0, -0.08)] {
        let line = body.between(y, y + 8.0);
        c.path(&line.strip(-0.52, to), Rgb::hex(0x5c5248));
    }
    c.path(&body.between(740.0, 743.0).strip(-0.52, 0.4), paper.shade(0.35));
}

/// A table lamp with a dome shade, switched on.
pub fn table_lamp(c: &mut Canvas, shade: Rgb, foot: Rgb) {
    let cx = 400.0;
    c.glow(cx, 560.0, 380.0, 330.0, Rgb::hex(0xffdf9e), 0.75);
    c.floor_shadow(cx, 886.0, 150.0, 26.0, 220.0);
    let base = Turned::new(cx, &[(834.0, 124.0), (850.0, 142.0), (886.0, 148.0)]);
    base.draw(c, foot);
    c.ellipse(cx, 834.0, 124.0, 22.0, foot.lit(0.24));
    let stem = Turned::new(cx, &[(500.0, 22.0), (640.0, 24.0), (780.0, 30.0), (828.0, 54.0), (838.0, 64.0)]);
    // Under the shade: the lit inside, the stem rising into it.
    c.ellipse(cx, 502.0, 246.0, 42.0, Rgb::hex(0xffe9b8));
    c.ellipse(cx, 510.0, 150.0, 24.0, Rgb::hex(0xfff8e6));
    stem.draw(c, foot);
    c.path("M154 502C154 330 262 236 400 236C538 236 646 330 646 502C600 468 500 458 400 458C300 458 200 468 154 502Z", shade);
    c.path(
        "M646 502C646 330 538 236 400 236C520 262 566 350 560 472C598 478 626 488 646 502Z",
        shade.shade(0.16),
    );
    c.soft(
        "M196 452C212 350 262 290 330 262C282 306 250 370 240 458C222 462 208 466 196 474Z",
        shade.lit(0.6),
        0.45,
    );
    c.line("M154 502C200 468 300 458 400 458C500 458 600 468 646 502", shade.shade(0.30), 6.0);
    c.path("M384 238H416V218C416 208 384 208 384 218Z", foot.shade(0.1));
}

/// A pendant lamp over a pool of light.
pub fn pendant(c: &mut Canvas, shade: Rgb, brass: Rgb) {
    let cx = 400.0;
    c.soft("M196 548L604 548L700 890C620 930 180 930 100 890Z", Rgb::hex(0xffe6ae), 0.26);
    c.glow(cx, 890.0, 330.0, 60.0, Rgb::hex(0xfff0c8), 0.9);
    c.line("M400 0V252", Rgb::hex(0x3a3733), 6.0);
    let cap = Turned::new(cx, &[(236.0, 22.0), (262.0, 30.0), (292.0, 34.0)]);
    cap.draw(c, brass);
    c.ellipse(cx, 236.0, 22.0, 4.0, brass.lit(0.3));
    let body = Turned::new(
        cx,
        &[
            (286.0, 52.0),
            (302.0, 74.0),
            (350.0, 112.0),
            (420.0, 160.0),
            (490.0, 206.0),
            (528.0, 222.0),
            (548.0, 226.0),
        ],
    );
    // The mouth first, then the shell in front of its far half.
    let (y, r, ry) = (548.0, 226.0, 46.0);
    body.draw(c, shade);
    c.ellipse(cx, y, r, ry, shade.shade(0.30));
    c.ellipse(cx, y + 2.0, r - 12.0, ry - 7.0, Rgb::hex(0xffe3a6));
    c.ellipse(cx, y + 10.0, r * 0.52, ry * 0.5, Rgb::hex(0xfff6dd));
    c.ellipse(cx, y + 8.0, 46.0, 22.0, Rgb::hex(0xffffff));
}

/// A woven basket with two handles and a folded cloth in it.
pub fn basket(c: &mut Canvas, cane: Rgb, cloth: Rgb) {
    let cx = 400.0;
    let body =
        Turned::new(cx, &[(520.0, 226.0), (580.0, 240.0), (680.0, 246.0), (790.0, 226.0), (884.0, 186.0)]);
    c.floor_shadow(cx, 884.0, 192.0, 38.0, 230.0);
    let (y, r, ry) = (520.0, 226.0, 50.0);
    c.line("M186 540C150 430 268 400 286 496", cane.shade(0.24), 20.0);
    c.ellipse(cx, y, r, ry, cane.shade(0.30));
    c.path("M250 540C236 452 300 424 384 434C470 408 560 442 560 536C520 566 300 566 250 540Z", cloth);
    c.path(
        "M384 434C470 408 560 442 560 536C540 552 500 560 450 562C474 520 450 462 384 434Z",
        cloth.shade(0.16),
    );
    c.faint_line("M300 452C284 480 282 510 290 548", cloth.shade(0.2), 5.0, 0.7);
    body.draw(c, cane);
    // The weave: courses of short strokes, every second one shifted.
    for course in 0..13 {
        let y = 540.0 + f64::from(course) * 26.0;
        let r = body.radius(y);
        let ry = r * roundness(y);
        let shift = if course % 2 == 0 { 0 } else { 22 };
        c.raw(format_args!(
            "<path d=\"M{} {y}A{r} {ry} 0 0 0 {} {y}\" fill=\"none\" stroke=\"{}\" stroke-opacity=\".55\" stroke-width=\"11\" stroke-linecap=\"round\" stroke-dasharray=\"22 22\" stroke-dashoffset=\"{shift}\"/>",
            cx - r + 3.0,
            cx + r - 3.0,
            cane.shade(0.34)
        ));
        c.raw(format_args!(
            "<path d=\"M{} {}A{r} {ry} 0 0 0 {} {}\" fill=\"none\" stroke=\"{}\" stroke-opacity=\".5\" stroke-width=\"4\" stroke-linecap=\"round\" stroke-dasharray=\"18 26\" stroke-dashoffset=\"{}\"/>",
            cx - r + 3.0,
            y - 3.0,
            cx + r - 3.0,
            y - 3.0,
            cane.lit(0.45),
            shift + 22
        ));
    }
    c.line(&format!("M{} {y}A{r} {ry} 0 0 0 {} {y}", cx - r, cx + r), cane.shade(0.1), 20.0);
    c.faint_line(
        &format!("M{} {}A{r} {ry} 0 0 0 {} {}", cx - r + 4.0, y - 5.0, cx + r - 30.0, y + 4.0),
        cane.lit(0.3),
        5.0,
        0.8,
    );
    c.line("M612 536C662 428 530 392 506 560", cane.shade(0.24), 20.0);
}

/// A terracotta pot with a broad-leaved plant.
pub fn leafy_plant(c: &mut Canvas, pot: Rgb, leaf: Rgb) {
    let cx = 400.0;
    c.floor_shadow(cx, 886.0, 112.0, 24.0, 250.0);
    let soil = Rgb::hex(0x4b3a2e);
    let body = Turned::new(cx, &[(700.0, 128.0), (790.0, 118.0), (886.0, 100.0)]);
    body.draw(c, pot);
    let rim = Turned::new(cx, &[(648.0, 148.0), (690.0, 146.0), (712.0, 144.0)]);
    rim.draw(c, pot.lit(0.06));
    c.soft(&body.between(712.0, 738.0).strip(-0.98, 1.0), pot.shade(0.5), 0.35);
    rim.draw(c, pot.lit(0.06));
    rim.open(c, pot, 13.0);
    c.ellipse(cx, 651.0, 128.0, 17.0, soil);
    // Back to front; each leaf is a stem and a blade with a darker half.
    let leaves: [(f64, f64, f64, f64); 9] = [
        (400.0, 176.0, 8.0, 190.0),
        (272.0, 262.0, -34.0, 180.0),
        (538.0, 250.0, 38.0, 184.0),
        (196.0, 392.0, -64.0, 176.0),
        (612.0, 384.0, 66.0, 176.0),
        (334.0, 330.0, -18.0, 176.0),
        (470.0, 350.0, 22.0, 170.0),
        (252.0, 508.0, -82.0, 150.0),
        (552.0, 506.0, 80.0, 148.0),
    ];
    for (i, (x, y, turn, long)) in leaves.iter().enumerate() {
        let (dx, dy) = (turn.to_radians().sin(), -turn.to_radians().cos());
        // The blade's lower end.
        let (bx, by) = (x - dx * long * 0.5, y - dy * long * 0.5);
        c.line(
            &format!(
                "M{} 656Q{} {} {bx:.1} {by:.1}",
                cx + (bx - cx) * 0.08,
                cx + (bx - cx) * 0.35,
                by + 70.0
            ),
            leaf.shade(0.3),
            8.0,
        );
        let tone = match i % 3 {
            0 => leaf.shade(0.06),
            1 => leaf,
            _ => leaf.lit(0.1),
        };
        let half = long * 0.5;
        let wide = long * 0.36;
        c.raw(format_args!(
            "<g transform=\"translate({x} {y}) rotate({turn})\"><path d=\"M0 {half}C{} {} {} {} 0 {}C{wide} {} {} {} 0 {half}Z\" fill=\"{tone}\"/><path d=\"M0 {half}L0 {}C{wide} {} {} {} 0 {half}Z\" fill=\"{}\"/><path d=\"M0 {half}V{}\" stroke=\"{}\" stroke-width=\"4\" stroke-linecap=\"round\"/></g>",
            -wide * 1.15, half * 0.55, -wide * 1.0, -half * 0.5,
            -half, -half * 0.5, wide * 1.15, half * 0.55,
            -half, -half * 0.5, wide * 1.15, half * 0.55,
            tone.shade(0.24),
            -half * 0.82,
            tone.lit(0.32),
        ));
    }
}

/// A snake plant in a cylinder on wooden legs.
pub fn upright_plant(c: &mut Canvas, pot: Rgb, leaf: Rgb) {
    let cx = 400.0;
    let wood = Rgb::hex(0xb98552);
    c.floor_shadow(cx, 896.0, 130.0, 26.0, 240.0);
    for (x, to) in [(306.0, 286.0), (494.0, 514.0)] {
        c.line(&format!("M{x} 700L{to} 892"), wood.shade(if to > 400.0 { 0.2 } else { 0.0 }), 20.0);
    }
    c.line("M372 846L366 868", wood.shade(0.3), 16.0);
    c.line("M430 846L438 868", wood.shade(0.3), 16.0);
    let body = Turned::new(cx, &[(612.0, 142.0), (700.0, 142.0), (836.0, 138.0)]);
    body.draw(c, pot);
    body.open(c, pot, 11.0);
    c.ellipse(cx, 616.0, 124.0, 16.0, Rgb::hex(0x4b3a2e));
    let blades: [(f64, f64, f64, f64); 8] = [
        (338.0, 232.0, -52.0, 50.0),
        (462.0, 206.0, 48.0, 52.0),
        (398.0, 140.0, -6.0, 58.0),
        (296.0, 352.0, -76.0, 46.0),
        (506.0, 336.0, 70.0, 46.0),
        (364.0, 268.0, -24.0, 52.0),
        (432.0, 300.0, 26.0, 50.0),
        (400.0, 410.0, 2.0, 46.0),
    ];
    for (i, (x, top, lean, wide)) in blades.iter().enumerate() {
        let tone = if i % 2 == 0 { leaf } else { leaf.shade(0.14) };
        let foot = cx + (x - cx) * 0.55;
        let tip = x + lean * 0.5;
        let (mid, w) = ((foot + tip) / 2.0 - lean * 0.12, wide / 2.0);
        let my = (620.0 + top) / 2.0;
        let margin = Rgb::hex(0xd6cf92);
        c.path(
            &format!(
                "M{} 624C{} {} {} {} {tip} {top}C{} {} {} {} {} 624Z",
                foot - w * 0.7,
                mid - w * 1.6,
                my + 60.0,
                mid - w * 1.2,
                top + 90.0,
                mid + w * 1.6,
                top + 120.0,
                mid + w * 1.7,
                my + 60.0,
                foot + w * 0.7
            ),
            margin,
        );
        let v = w - 6.0;
        c.path(
            &format!(
                "M{} 624C{} {} {} {} {tip} {}C{} {} {} {} {} 624Z",
                foot - v * 0.7,
                mid - v * 1.6,
                my + 60.0,
                mid - v * 1.2,
                top + 100.0,
                top + 18.0,
                mid + v * 1.6,
                top + 130.0,
                mid + v * 1.7,
                my + 60.0,
                foot + v * 0.7
            ),
            tone,
        );
        c.path(
            &format!(
                "M{} 624C{} {} {} {} {tip} {}C{} {} {} {} {} 624Z",
                foot,
                mid + v * 0.1,
                my + 60.0,
                mid + v * 0.2,
                top + 110.0,
                top + 18.0,
                mid + v * 1.6,
                top + 130.0,
                mid + v * 1.7,
                my + 60.0,
                foot + v * 0.7
            ),
            tone.shade(0.2),
        );
    }
}
