//! Things sewn and bound: textiles, books and shoes.

use super::canvas::{Canvas, Rgb, SHADE, STEEL};
use super::turned::plinth;

/// A folded throw with a fringe, on top of a second one.
pub fn folded_throw(c: &mut Canvas, cloth: Rgb, under: Rgb) {
    plinth(c, 400.0, 778.0, 318.0);
    c.raw(format_args!("<ellipse cx=\"416\" cy=\"776\" rx=\"262\" ry=\"34\" fill=\"{SHADE}\" fill-opacity=\".3\"/><g transform=\"translate(0 -104)\">"));
    let fold = |c: &mut Canvas, y: f64, left: f64, right: f64, tone: Rgb| {
        // One fold: rounded at the left, its two layers open at the right.
        c.path(
            &format!(
                "M{} {y}H{}C{} {y} {} {} {} {}H{}C{} {} {} {y} {} {y}Z",
                left + 46.0,
                right - 8.0,
                right + 10.0,
                right + 10.0,
                y + 92.0,
                right - 8.0,
                y + 92.0,
                left + 46.0,
                left - 14.0,
                y + 92.0,
                left - 14.0,
                left + 46.0
            ),
            tone,
        );
        c.path(
            &format!(
                "M{} {}H{}C{} {} {} {} {} {}H{}C{} {} {} {} {} {}Z",
                left + 8.0,
                y + 62.0,
                right + 4.0,
                right + 4.0,
                y + 80.0,
                right,
                y + 92.0,
                right - 8.0,
                y + 92.0,
                left + 46.0,
                left + 26.0,
                y + 92.0,
                left + 14.0,
                y + 80.0,
                left + 8.0,
                y + 62.0
            ),
            tone.shade(0.15),
        );
        c.path(
            &format!(
                "M{} {}C{} {} {} {} {} {}C{} {} {} {} {} {}Z",
                right + 6.0,
                y + 40.0,
                right - 60.0,
                y + 36.0,
                right - 120.0,
                y + 42.0,
                right - 190.0,
                y + 46.0,
                right - 120.0,
                y + 52.0,
                right - 60.0,
                y + 58.0,
                right + 6.0,
                y + 54.0
            ),
            tone.shade(0.30),
        );
        c.faint_line(&format!("M{} {}H{}", left + 52.0, y + 12.0, right - 40.0), tone.lit(0.5), 5.0, 0.55);
    };
    fold(c, 792.0, 170.0, 632.0, under);
    fold(c, 702.0, 178.0, 624.0, under.lit(0.05));
    fold(c, 612.0, 166.0, 630.0, cloth.shade(0.03));
    fold(c, 522.0, 174.0, 622.0, cloth);
    // The end of the upper throw hangs over the front.
    c.soft("M262 540H508V800H262Z", SHADE, 0.20);
    c.path("M250 522H488V776H250Z", cloth.lit(0.1));
    c.path("M430 522H488V776H430Z", cloth.lit(0.1).shade(0.12));
    c.soft("M250 522H488V544C410 552 330 552 250 544Z", cloth.lit(0.6), 0.4);
    for (y, h) in [(650.0, 10.0), (676.0, 26.0), (718.0, 10.0)] {
        c.path(&format!("M250 {y}H488V{}H250Z", y + h), under);
        c.path(&format!("M430 {y}H488V{}H430Z", y + h), under.shade(0.14));
    }
    for i in 0..17 {
        let x = 257.0 + f64::from(i) * 14.0;
        let sway = if i % 2 == 0 { 4.0 } else { -3.0 };
        c.line(
            &format!("M{x} 774Q{} 800 {} 826", x + sway, x + sway * 0.5),
            if i > 12 { cloth.shade(0.08) } else { cloth.lit(0.16) },
            5.0,
        );
    }
    c.raw(format_args!("</g>"));
}

/// A plump cushion leaning on the wall.
pub fn cushion(c: &mut Canvas, cloth: Rgb, trim: Rgb) {
    let outline = "M176 412C160 392 176 368 202 378C320 408 480 408 598 378C624 368 640 392 624 412C596 540 596 700 626 838C634 866 614 884 590 874C470 846 330 846 210 874C186 884 166 866 174 838C204 700 204 540 176 412Z";
    c.floor_shadow(410.0, 880.0, 214.0, 24.0, 200.0);
    c.turned(-4.0, 400.0, 880.0, |c| {
        c.wall_shadow(outline, 40.0, 14.0);
        c.path(outline, cloth);
        c.path("M598 378C624 368 640 392 624 412C596 540 596 700 626 838C634 866 614 884 590 874C470 846 330 846 210 874C420 820 540 700 598 378Z", cloth.shade(0.13));
        c.path("M590 874C470 846 330 846 210 874C186 884 166 866 174 838C300 806 480 806 626 838C634 866 614 884 590 874Z", cloth.shade(0.24));
        // Two woven bands follow the swell of the filling.
        for (y, h) in [(520.0, 16.0), (556.0, 58.0), (634.0, 16.0)] {
            let sag = 10.0 + (y - 500.0) * 0.05;
            c.path(&format!("M196 {y}C320 {} 480 {} 604 {y}L603 {}C480 {} 320 {} 197 {}Z", y + sag, y + sag, y + h, y + h + sag, y + h + sag, y + h), trim);
            c.path(&format!("M520 {}C552 {} 580 {} 604 {y}L603 {}C580 {} 552 {} 520 {}Z", y + sag * 0.82, y + sag * 0.6, y + sag * 0.35, y + h, y + h + sag * 0.35, y + h + sag * 0.6, y + h + sag * 0.82), trim.shade(0.18));
        }
        c.soft("M232 430C300 448 360 452 420 450C340 470 280 520 252 640C242 560 238 500 232 430Z", cloth.lit(0.7), 0.35);
        for crease in ["M196 400C222 440 240 470 250 500", "M604 400C580 440 566 470 556 498", "M200 850C226 810 240 780 250 744", "M602 850C576 812 562 784 552 752"] {
            c.faint_line(crease, cloth.shade(0.4), 6.0, 0.5);
        }
        c.raw(format_args!("<path d=\"{outline}\" fill=\"none\" stroke=\"{}\" stroke-width=\"7\" stroke-linejoin=\"round\"/>", cloth.shade(0.30)));
    });
}

/// Three bound books, a pencil on top.
pub fn book_stack(c: &mut Canvas, cover: Rgb, second: Rgb) {
    c.floor_shadow(404.0, 884.0, 262.0, 24.0, 150.0);
    let paper = Rgb::hex(0xf3ecdd);
    let spine = |c: &mut Canvas, x: f64, y: f64, w: f64, h: f64, tone: Rgb| {
        c.path(
            &format!(
                "M{} {y}H{}C{} {} {} {} {} {}H{}C{} {} {} {} {} {y}Z",
                x + 14.0,
                x + w - 14.0,
                x + w + 6.0,
                y + h * 0.2,
                x + w + 6.0,
                y + h * 0.8,
                x + w - 14.0,
                y + h,
                x + 14.0,
                x - 6.0,
                y + h * 0.8,
                x - 6.0,
                y + h * 0.2,
                x + 14.0
            ),
            tone,
        );
        c.path(
            &format!(
                "M{} {}H{}C{} {} {} {} {} {}H{}C{} {} {} {} {} {}Z",
                x,
                y + h * 0.64,
                x + w,
                x + w,
                y + h * 0.8,
                x + w - 6.0,
                y + h * 0.94,
                x + w - 14.0,
                y + h,
                x + 14.0,
                x + 6.0,
                y + h * 0.94,
                x,
                y + h * 0.8,
                x,
                y + h * 0.64
            ),
            tone.shade(0.2),
        );
        for at in [0.1, 0.14, 0.86, 0.9] {
            c.faint_line(
                &format!("M{} {}V{}", x + w * at, y + 5.0, y + h - 5.0),
                Rgb::hex(0xe3c489),
                4.0,
                0.9,
            );
        }
        c.path(
            &format!(
                "M{} {}H{}V{}H{}Z",
                x + w * 0.34,
                y + h * 0.28,
                x + w * 0.66,
                y + h * 0.72,
                x + w * 0.34
            ),
            tone.lit(0.7),
        );
        c.faint_line(&format!("M{} {}H{}", x + w * 0.4, y + h * 0.5, x + w * 0.6), tone.shade(0.5), 5.0, 0.8);
    };
    let pages = |c: &mut Canvas, x: f64, y: f64, w: f64, h: f64, tone: Rgb| {
        c.path(&format!("M{x} {y}H{}V{}H{x}Z", x + w, y + h), tone);
        c.path(&format!("M{} {}H{}V{}H{}Z", x + 2.0, y + 13.0, x + w - 12.0, y + h - 13.0, x + 2.0), paper);
        c.path(
            &format!("M{} {}H{}V{}H{}Z", x + w * 0.7, y + 13.0, x + w - 12.0, y + h - 13.0, x + w * 0.7),
            paper.shade(0.1),
        );
        for i in 1..5 {
            let ly = y + 13.0 + (h - 26.0) * f64::from(i) / 5.0;
            c.faint_line(&format!("M{} {ly}H{}", x + 6.0, x + w - 16.0), Rgb::hex(0xb9ae97), 2.5, 0.7);
        }
        c.faint_line(&format!("M{} {}H{}", x + 6.0, y + 4.0, x + w - 8.0), tone.lit(0.4), 4.0, 0.7);
        c.soft(&format!("M{} {}H{}V{}H{}Z", x + 2.0, y + 13.0, x + w - 12.0, y + 22.0, x + 2.0), SHADE, 0.28);
    };
    spine(c, 140.0, 764.0, 524.0, 120.0, second);
    pages(c, 166.0, 656.0, 470.0, 108.0, cover.shade(0.12));
    c.line("M566 752C572 800 560 830 570 862", Rgb::hex(0xb4543a), 11.0);
    spine(c, 196.0, 546.0, 430.0, 110.0, cover);
    c.soft("M214 556L598 530L586 548L232 566Z", SHADE, 0.32);
    c.turned(-4.0, 420.0, 520.0, |c| {
        c.path("M210 508H560V534H210Z", Rgb::hex(0xd9a441));
        c.path("M210 522H560V534H210Z", Rgb::hex(0xb37d28));
        c.path("M560 508L616 521L560 534Z", Rgb::hex(0xe9cfa4));
        c.path("M596 516.500L616 521L596 525.500Z", Rgb::hex(0x3a3733));
        c.path("M186 508H212V534H186C176 534 176 508 186 508Z", Rgb::hex(0xc9716a));
        c.path("M208 508H228V534H208Z", STEEL.shade(0.1));
    });
}

/// A hardback notebook standing open a crack, closed by an elastic.
pub fn notebook(c: &mut Canvas, cover: Rgb, elastic: Rgb) {
    let paper = Rgb::hex(0xf3ecdd);
    c.floor_shadow(400.0, 880.0, 190.0, 22.0, 200.0);
    // Pages and back cover show at the right, the cover faces the light.
    c.path("M556 300L640 326V862L556 884Z", cover.shade(0.34));
    c.path("M552 312L626 334V852L552 872Z", paper.shade(0.08));
    for i in 1..7 {
        let x = 552.0 + 74.0 * f64::from(i) / 7.0;
        let y = 312.0 + 22.0 * f64::from(i) / 7.0;
        c.faint_line(
            &format!("M{x} {}V{}", y + 2.0, 870.0 - 20.0 * f64::from(i) / 7.0),
            Rgb::hex(0xb9ae97),
            3.0,
            0.8,
        );
    }
    c.path("M196 312C196 300 204 294 214 293L544 284C554 284 560 290 560 300V872C560 882 554 888 544 888L214 878C204 877 196 871 196 860Z", cover);
    c.path("M196 312C196 300 204 294 214 293L240 292V879L214 878C204 877 196 871 196 860Z", cover.shade(0.2));
    c.faint_line("M248 294V878", cover.shade(0.34), 5.0, 0.7);
    c.soft("M262 300L420 296L300 876L262 875Z", cover.lit(0.6), 0.16);
    c.path("M318 396H486V500H318Z", paper);
    c.faint_line("M344 432H460M344 460H420", Rgb::hex(0x6a645a), 6.0, 0.8);
    c.path("M506 285H526V888L506 887Z", elastic);
    c.path("M519 285H526V888L519 887.600Z", elastic.shade(0.3));
    c.line("M300 880C306 910 290 924 302 948", Rgb::hex(0xb4543a), 10.0);
    // A pencil leans on it.
    c.line("M690 890L604 452", Rgb::hex(0xb37d28), 24.0);
    c.line("M684 888L599 454", Rgb::hex(0xd9a441), 10.0);
    c.path("M592 456L602 400L616 451Z", Rgb::hex(0xe9cfa4));
    c.path("M598.500 422L602 400L607 420Z", Rgb::hex(0x3a3733));
}

/// A laced low shoe on a plinth, seen from its side.
pub fn low_shoe(c: &mut Canvas, upper: Rgb, sole: Rgb) {
    plinth(c, 400.0, 752.0, 330.0);
    c.raw(format_args!(
        "<ellipse cx=\"420\" cy=\"762\" rx=\"290\" ry=\"34\" fill=\"{SHADE}\" fill-opacity=\".32\"/>"
    ));
    let body = "M126 706C116 640 176 606 262 580C336 556 372 514 404 462C416 446 436 446 446 458C486 498 566 486 600 430C610 414 634 412 644 428C662 470 676 560 678 706Z";
    c.raw(format_args!("<g transform=\"translate(0 99) scale(1 .86)\">"));
    c.path(body, upper);
    c.path("M678 706C676 560 662 470 644 428C634 412 610 414 600 430C596 436 592 442 586 448C600 540 590 630 560 706Z", upper.shade(0.16));
    // The opening, 30 % darker, and the tongue before it.
    c.path("M446 458C486 498 566 486 600 430C606 420 616 416 626 417C608 398 560 396 520 408C482 420 452 436 446 458Z", upper.shade(0.30).shade(0.2));
    c.path("M404 462C420 424 446 398 470 390C490 388 492 404 482 420C470 436 456 448 446 458C436 446 416 446 404 462Z", upper.lit(0.16));
    c.path(
        "M126 706C116 640 176 606 262 580C282 574 300 566 316 556C316 620 290 670 250 706Z",
        upper.lit(0.1),
    );
    c.faint_line("M316 556C318 620 292 670 252 704", upper.shade(0.4), 5.0, 0.6);
    c.faint_line("M560 704C588 630 598 540 586 452", upper.shade(0.4), 5.0, 0.6);
    c.path("M316 556C350 532 378 502 404 462C416 446 436 446 446 458C432 520 400 566 350 596C330 590 318 576 316 556Z", upper.shade(0.1));
    for i in 0..4 {
        let t = f64::from(i) / 3.0;
        let (x, y) = (342.0 + 66.0 * t, 560.0 - 76.0 * t);
        c.line(&format!("M{x} {y}L{} {}", x + 44.0, y + 26.0), Rgb::hex(0xf6f1e6), 10.0);
    }
    c.soft("M150 668C160 636 200 616 262 596C220 626 190 646 176 690Z", upper.lit(0.8), 0.35);
    c.raw(format_args!("</g>"));
    c.path("M120 700H682C690 700 694 708 694 718V736C694 758 684 768 664 768H150C122 768 108 752 110 726C110 710 112 700 120 700Z", sole);
    c.path("M110 738C112 758 126 768 150 768H664C684 768 694 758 694 738Z", sole.shade(0.2));
    c.faint_line("M128 712H682", sole.shade(0.3), 3.5, 0.6);
}

/// A Chelsea boot, seen from its side.
pub fn boot(c: &mut Canvas, leather: Rgb, sole: Rgb) {
    c.floor_shadow(420.0, 882.0, 262.0, 26.0, 150.0);
    let body = "M148 824C136 758 184 724 262 704C340 684 372 640 376 560L372 336C372 322 380 314 394 313L628 306C642 306 650 314 650 328C654 440 640 560 652 640C660 700 664 760 662 824Z";
    c.path(body, leather);
    c.path("M662 824C664 760 660 700 652 640C640 560 654 440 650 328C650 314 642 306 628 306L590 307C600 480 580 650 590 824Z", leather.shade(0.18));
    // The mouth of the shaft.
    c.path(
        "M372 336C372 322 380 314 394 313L628 306C642 306 650 314 650 328C600 344 420 352 372 336Z",
        leather.shade(0.30).shade(0.2),
    );
    c.path("M372 336C420 352 600 344 650 328L650 342C600 358 420 366 372 350Z", leather.lit(0.1));
    // The elastic gusset.
    c.path("M446 354C500 356 540 354 576 350C582 430 570 520 548 572C536 598 500 602 486 576C456 522 444 440 446 354Z", Rgb::hex(0x36332f));
    for i in 0..9 {
        let x = 460.0 + f64::from(i) * 13.0;
        c.faint_line(
            &format!("M{x} 360L{} {}", x + (512.0 - x) * 0.35, 556.0 - (x - 512.0).abs() * 0.9),
            Rgb::hex(0x5a554f),
            3.0,
            0.9,
        );
    }
    // Pull tab, toe and the seams.
    c.line("M632 316C640 276 668 284 656 338", leather.shade(0.25), 13.0);
    c.path(
        "M148 824C136 758 184 724 262 704C290 697 312 687 328 672C336 730 312 784 276 824Z",
        leather.lit(0.09),
    );
    c.faint_line("M328 674C336 730 312 784 276 822", leather.shade(0.45), 5.0, 0.5);
    c.faint_line("M376 620C430 690 460 760 464 822", leather.shade(0.45), 4.0, 0.4);
    c.soft("M174 790C182 752 222 734 276 718C240 746 214 766 204 806Z", leather.lit(0.8), 0.32);
    c.soft("M392 372C400 470 398 560 384 640C378 600 386 480 392 372Z", leather.lit(0.8), 0.3);
    c.path(
        "M140 816H668V852C668 858 664 860 658 860H486C470 860 466 852 452 852H168C142 852 132 838 140 816Z",
        sole,
    );
    c.path("M486 852H668V884C668 890 664 894 658 894H498C490 894 486 890 486 884Z", sole);
    c.path("M610 816H668V884C668 890 664 894 658 894H610Z", sole.shade(0.25));
    c.faint_line("M150 828H660", sole.lit(0.35), 4.0, 0.7);
}
