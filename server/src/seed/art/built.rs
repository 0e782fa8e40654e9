//! Things sawn and forged: boards, seats, boxes, knives and cutlery.

use super::canvas::{Canvas, Rgb, SHADE, STEEL, Turned};

/// A long serving board with a handle, leaning on the wall.
pub fn paddle_board(c: &mut Canvas, wood: Rgb, _: Rgb) {
    let outline = "M282 392C282 352 318 344 344 330C366 318 362 290 362 262C362 196 374 166 402 166C430 166 442 196 442 262C442 290 438 318 460 330C486 344 522 352 522 392V846C522 868 508 880 486 880H318C296 880 282 868 282 846Z";
    c.floor_shadow(410.0, 882.0, 130.0, 16.0, 150.0);
    c.turned(3.0, 400.0, 880.0, |c| {
        c.wall_shadow(outline, 44.0, 12.0);
        c.raw(format_args!("<path transform=\"translate(15 3)\" d=\"{outline}\" fill=\"{}\"/>", wood.shade(0.32)));
        c.path(outline, wood);
        c.path("M440 336C452 330 486 344 502 366C516 376 522 380 522 392V846C522 868 508 880 486 880H452C470 700 470 520 440 336Z", wood.shade(0.1));
        for (x, bow, from, to) in [
            (306.0, 8.0, 392.0, 862.0),
            (330.0, 18.0, 372.0, 870.0),
            (352.0, -10.0, 352.0, 870.0),
            (378.0, 14.0, 250.0, 872.0),
            (404.0, -16.0, 250.0, 872.0),
            (430.0, 12.0, 270.0, 872.0),
            (462.0, -12.0, 352.0, 870.0),
            (488.0, 10.0, 372.0, 870.0),
        ] {
            c.faint_line(&format!("M{x} {from}C{} {} {} {} {x} {to}", x + bow, from + 150.0, x - bow, to - 150.0), wood.shade(0.38), 2.5, 0.42);
        }
        c.ellipse(402.0, 214.0, 17.0, 17.0, wood.shade(0.45));
        c.ellipse(405.0, 216.0, 13.0, 14.0, Rgb::hex(0xcfcabf));
        c.line("M396 206C372 150 396 96 408 96C424 96 430 160 408 206", Rgb::hex(0x6b4630), 8.0);
    });
}

/// A round serving board, leaning on the wall, a smaller one before it.
pub fn round_board(c: &mut Canvas, wood: Rgb, rim: Rgb) {
    let disc = |cx: f64, cy: f64, r: f64| {
        format!("M{} {cy}A{r} {r} 0 1 1 {} {cy}A{r} {r} 0 1 1 {} {cy}Z", cx - r, cx + r, cx - r)
    };
    c.floor_shadow(410.0, 886.0, 150.0, 18.0, 170.0);
    for (cx, cy, r, tone) in [(424.0, 586.0, 284.0, wood), (300.0, 716.0, 164.0, rim)] {
        c.wall_shadow(&disc(cx, cy, r), 38.0, 12.0);
        c.path(&disc(cx + 13.0, cy + 5.0, r), tone.shade(0.34));
        c.path(&disc(cx, cy, r), tone);
        let mut x = -r + 26.0;
        let mut bow = 10.0;
        while x < r - 10.0 {
            let half = (r * r - x * x).sqrt() - 12.0;
            c.faint_line(
                &format!(
                    "M{} {}C{} {} {} {} {} {}",
                    cx + x,
                    cy - half,
                    cx + x + bow,
                    cy - half * 0.3,
                    cx + x - bow,
                    cy + half * 0.3,
                    cx + x,
                    cy + half
                ),
                tone.shade(0.36),
                2.5,
                0.36,
            );
            bow = -bow * 0.9 + 2.0;
            x += 30.0;
        }
        c.raw(format_args!(
            "<circle cx=\"{cx}\" cy=\"{cy}\" r=\"{}\" fill=\"none\" stroke=\"{}\" stroke-opacity=\".55\" stroke-width=\"6\"/><path d=\"M{} {}A{r} {r} 0 0 1 {} {}\" fill=\"none\" stroke=\"{}\" stroke-opacity=\".8\" stroke-width=\"6\" stroke-linecap=\"round\"/>",
            r - 30.0,
            tone.shade(0.28),
            cx - r * 0.94,
            cy - r * 0.34,
            cx - r * 0.1,
            cy - r * 0.99,
            tone.lit(0.5)
        ));
    }
}

/// A spindle-backed dining chair.
pub fn chair(c: &mut Canvas, wood: Rgb, seat: Rgb) {
    let dark = wood.shade(0.30);
    c.soft("M210 902L256 846H590L800 836V850L640 904Z", SHADE, 0.16);
    // Back legs, then the back, the seat over them, the front legs last.
    c.line("M270 540L252 850", dark, 22.0);
    c.line("M546 536L580 844", dark, 22.0);
    c.line("M260 748L568 742", dark, 13.0);
    c.raw(format_args!("<g transform=\"translate(0 -84)\">"));
    for (x0, x1) in [(308.0, 300.0), (356.0, 353.0), (404.0, 406.0), (452.0, 459.0), (500.0, 512.0)] {
        c.line(&format!("M{x0} 606L{x1} 290"), wood.shade(0.16), 12.0);
        c.line(&format!("M{} 606L{} 290", x0 - 2.5, x1 - 2.5), wood.lit(0.12), 4.0);
    }
    c.line("M268 612L240 270", wood, 24.0);
    c.line("M546 606L574 266", wood.shade(0.2), 24.0);
    c.path("M214 214C206 214 204 222 206 232L216 316C218 328 224 330 236 328C340 306 474 304 578 322C590 324 596 320 598 308L606 226C607 214 604 208 594 206C470 184 330 188 214 214Z", wood);
    c.path("M598 308L606 226C607 214 604 208 594 206C552 199 510 195 468 194C500 230 506 270 500 312C530 314 556 318 578 322C590 324 596 320 598 308Z", wood.shade(0.15));
    c.faint_line("M222 226C340 202 470 200 586 220", wood.lit(0.5), 6.0, 0.7);
    c.path("M206 604C212 590 224 584 242 583L556 575C578 575 588 582 594 596L620 652C628 676 620 690 596 691L212 702C186 702 176 688 182 664Z", dark.shade(0.1));
    c.path("M206 592C212 578 224 572 242 571L556 563C578 563 588 570 594 584L620 640C628 662 620 672 596 673L212 684C186 684 176 672 182 652Z", seat);
    c.path("M594 584L620 640C628 662 620 672 596 673L430 677C470 640 490 600 488 565L556 563C578 563 588 570 594 584Z", seat.shade(0.12));
    c.raw(format_args!("</g>"));
    c.line("M228 612L196 904", wood, 28.0);
    c.line("M222 614L191 902", wood.lit(0.22), 8.0);
    c.line("M578 604L612 900", wood.shade(0.14), 28.0);
    c.line("M586 608L620 898", wood.shade(0.3), 9.0);
    c.line("M214 764L254 750M596 764L572 746", wood.shade(0.22), 13.0);
}

/// A round stool on four splayed legs.
pub fn stool(c: &mut Canvas, wood: Rgb, seat: Rgb) {
    c.soft("M196 898L290 848H520L800 838V852L630 904Z", SHADE, 0.16);
    c.line("M340 450L288 852", wood.shade(0.34), 24.0);
    c.line("M460 450L516 850", wood.shade(0.34), 24.0);
    c.raw(format_args!("<ellipse cx=\"402\" cy=\"738\" rx=\"146\" ry=\"28\" fill=\"none\" stroke=\"{}\" stroke-width=\"14\"/>", wood.shade(0.3)));
    for (top, foot, tone) in [(276.0, 190.0, wood), (524.0, 616.0, wood.shade(0.16))] {
        c.line(&format!("M{top} 450L{foot} 900"), tone, 30.0);
        c.line(&format!("M{} 460L{} 898", top - 6.0, foot - 6.0), tone.lit(0.25), 7.0);
    }
    c.raw(format_args!(
        "<path d=\"M256 738A146 28 0 0 0 548 738\" fill=\"none\" stroke=\"{}\" stroke-width=\"14\"/>",
        wood.shade(0.08)
    ));
    let rim = Turned::new(400.0, &[(404.0, 214.0), (426.0, 216.0), (450.0, 206.0)]);
    rim.draw(c, seat.shade(0.1));
    c.ellipse(400.0, 404.0, 214.0, 42.0, seat.lit(0.14));
    c.ellipse(402.0, 408.0, 176.0, 31.0, seat.shade(0.16));
    c.ellipse(400.0, 412.0, 170.0, 28.0, seat);
}

/// Two lidded boxes, the smaller on the larger.
pub fn boxes(c: &mut Canvas, paper: Rgb, small: Rgb) {
    c.floor_shadow(410.0, 872.0, 236.0, 30.0, 160.0);
    let brass = Rgb::hex(0xb18a48);
    let mut block = |x: f64, y: f64, w: f64, h: f64, lid: f64, tone: Rgb| {
        // x, y: the lower left corner of the front; depth runs right and up.
        let (dx, dy) = (w * 0.30, w * 0.115);
        let top = y - h;
        c.path(&format!("M{x} {top}H{}V{y}H{x}Z", x + w), tone);
        c.path(&format!("M{} {top}l{dx} -{dy}V{}L{} {y}Z", x + w, y - dy, x + w), tone.shade(0.26));
        let (lx, lw, lt) = (x - 9.0, w + 18.0, top - 12.0);
        let (ldx, ldy) = (lw * 0.30, lw * 0.115);
        c.soft(&format!("M{x} {}H{}V{}H{x}Z", lt + lid, x + w, lt + lid + 16.0), tone.shade(0.7), 0.35);
        c.path(&format!("M{lx} {lt}H{}V{}H{lx}Z", lx + lw, lt + lid), tone.lit(0.1));
        c.path(&format!("M{} {lt}l{ldx} -{ldy}v{lid}L{} {}Z", lx + lw, lx + lw, lt + lid), tone.shade(0.18));
        c.path(
            &format!("M{lx} {lt}L{} {}H{}L{} {lt}Z", lx + ldx, lt - ldy, lx + lw + ldx, lx + lw),
            tone.lit(0.34),
        );
        let (mx, my) = (x + w / 2.0, (lt + lid + y) / 2.0);
        c.path(&format!("M{} {}h92v50h-92Z", mx - 46.0, my - 25.0), brass);
        c.path(&format!("M{} {}h78v36h-78Z", mx - 39.0, my - 18.0), Rgb::hex(0xf4efe4));
        c.faint_line(
            &format!("M{} {}h48M{} {}h30", mx - 26.0, my - 5.0, mx - 26.0, my + 7.0),
            Rgb::hex(0x6a645a),
            4.0,
            0.8,
        );
        c.soft(&format!("M{x} {}H{}V{y}H{x}Z", y - 10.0, x + w), tone.shade(0.6), 0.25);
    };
    block(146.0, 872.0, 380.0, 250.0, 58.0, paper);
    block(226.0, 584.0, 276.0, 156.0, 46.0, small);
}

/// A chef's knife and a small one on a magnetic rail.
pub fn knives(c: &mut Canvas, handle: Rgb, rail: Rgb) {
    let knife = |c: &mut Canvas, x: f64, tip: f64, long: f64, wide: f64, grip: f64| {
        let heel = tip + long;
        let blade = format!(
            "M{x} {tip}C{} {} {} {} {} {}V{heel}H{}L{x} {}Z",
            x + wide * 0.55,
            tip + long * 0.16,
            x + wide,
            tip + long * 0.5,
            x + wide,
            tip + long * 0.82,
            x + 2.0,
            heel - 6.0
        );
        let grip_path = format!(
            "M{} {heel}H{}C{} {} {} {} {} {}C{} {} {} {} {} {}C{} {} {} {} {} {heel}Z",
            x + 2.0,
            x + 46.0,
            x + 52.0,
            heel + grip * 0.3,
            x + 38.0,
            heel + grip * 0.6,
            x + 50.0,
            heel + grip,
            x + 48.0,
            heel + grip + 18.0,
            x + 6.0,
            heel + grip + 18.0,
            x + 2.0,
            heel + grip,
            x - 4.0,
            heel + grip * 0.6,
            x + 2.0,
            heel + grip * 0.3,
            x + 2.0
        );
        c.wall_shadow(&blade, 30.0, 16.0);
        c.wall_shadow(&grip_path, 30.0, 16.0);
        c.path(&blade, STEEL);
        c.path(
            &format!(
                "M{x} {tip}C{} {} {} {} {} {}V{heel}H{}V{}C{} {} {} {} {x} {tip}Z",
                x + wide * 0.55,
                tip + long * 0.16,
                x + wide,
                tip + long * 0.5,
                x + wide,
                tip + long * 0.82,
                x + wide * 0.6,
                tip + long * 0.86,
                x + wide * 0.6,
                tip + long * 0.5,
                x + wide * 0.3,
                tip + long * 0.2
            ),
            STEEL.shade(0.16),
        );
        c.faint_line(
            &format!("M{} {}V{}", x + 7.0, tip + long * 0.16, heel - 12.0),
            Rgb::hex(0xffffff),
            7.0,
            0.75,
        );
        c.path(
            &format!("M{} {}H{}V{}H{}Z", x + 2.0, heel - 4.0, x + 46.0, heel + 26.0, x + 2.0),
            STEEL.shade(0.34),
        );
        c.path(&grip_path, handle);
        c.path(
            &format!(
                "M{} {heel}H{}C{} {} {} {} {} {}C{} {} {} {} {} {}Z",
                x + 30.0,
                x + 46.0,
                x + 52.0,
                heel + grip * 0.3,
                x + 38.0,
                heel + grip * 0.6,
                x + 50.0,
                heel + grip,
                x + 49.0,
                heel + grip + 14.0,
                x + 40.0,
                heel + grip + 14.0,
                x + 32.0,
                heel + grip + 14.0
            ),
            handle.shade(0.30),
        );
        for share in [0.22, 0.5, 0.78] {
            c.ellipse(x + 24.0, heel + grip * share, 5.5, 5.5, Rgb::hex(0xc9a262));
        }
    };
    c.wall_shadow("M150 330H650V396H150Z", 22.0, 18.0);
    c.path("M150 330H650V396H150Z", rail);
    c.path("M150 374H650V396H150Z", rail.shade(0.22));
    c.faint_line("M158 337H642", rail.lit(0.4), 5.0, 0.7);
    knife(c, 236.0, 168.0, 420.0, 112.0, 200.0);
    knife(c, 414.0, 236.0, 304.0, 64.0, 168.0);
    knife(c, 546.0, 286.0, 190.0, 46.0, 140.0);
}

/// Fork, spoon and knife in a stoneware cup.
pub fn cutlery(c: &mut Canvas, metal: Rgb, cup: Rgb) {
    let cx = 400.0;
    c.floor_shadow(cx, 880.0, 120.0, 26.0, 260.0);
    let rim = (cx, 590.0);
    c.turned(-15.0, cx, 800.0, |c| {
        c.line("M388 640V390", metal.shade(0.08), 18.0);
        c.path("M340 190C338 180 350 178 352 190L358 292H366L369 190C370 178 383 178 384 190L387 292H393L396 190C397 178 409 178 410 190L413 292H421L426 190C428 178 440 180 438 190L434 330C432 380 410 400 389 404C368 400 346 380 344 330Z", metal);
        c.path("M413 292H421L426 190C428 178 440 180 438 190L434 330C432 380 410 400 389 404C412 372 414 330 413 292Z", metal.shade(0.22));
        c.faint_line("M354 320C356 352 364 372 380 384", Rgb::hex(0xffffff), 6.0, 0.6);
    });
    c.turned(3.0, cx, 800.0, |c| {
        c.line("M402 640V340", metal.shade(0.1), 20.0);
        c.path("M380 372C366 320 372 210 396 142C402 132 412 134 413 146C424 220 424 320 418 372Z", metal);
        c.path(
            "M404 372C412 300 414 220 408 140C412 140 413 142 413 146C424 220 424 320 418 372Z",
            metal.shade(0.24),
        );
        c.faint_line("M386 352C378 300 382 240 396 180", Rgb::hex(0xffffff), 6.0, 0.65);
    });
    c.turned(20.0, cx, 800.0, |c| {
        c.line("M408 640V380", metal.shade(0.12), 18.0);
        c.path("M408 196C452 196 468 250 466 300C464 352 438 396 408 396C378 396 352 352 350 300C348 250 364 196 408 196Z", metal);
        c.path("M408 216C440 216 452 256 450 298C448 340 430 372 408 372C386 372 368 340 366 298C364 256 376 216 408 216Z", metal.shade(0.30));
        c.path("M438 236C448 252 451 276 450 298C448 340 430 372 408 372C396 372 386 364 378 350C420 350 440 300 438 236Z", metal.shade(0.14));
        c.faint_line("M362 262C356 290 358 326 370 352", Rgb::hex(0xffffff), 7.0, 0.6);
    });
    let body =
        Turned::new(rim.0, &[(rim.1, 122.0), (640.0, 120.0), (760.0, 122.0), (850.0, 120.0), (880.0, 108.0)]);
    // The cup's wall covers where the handles end.
    body.draw(c, cup);
    body.between(800.0, 880.0).draw(c, cup.lit(0.35));
    let ry = 122.0 * super::canvas::roundness(rim.1);
    c.line(&format!("M{} {}A122 {ry} 0 0 0 {} {}", cx - 122.0, rim.1, cx + 122.0, rim.1), cup.lit(0.3), 9.0);
}
