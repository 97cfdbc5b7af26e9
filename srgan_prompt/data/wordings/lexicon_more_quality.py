"""Further words for restoration and detail: photographers' terms, idioms and complaints."""

from srgan_prompt.data.wordings.lexicon_common import Words

_GRIT = "(noise|grain|iso noise|sensor noise|luminance noise|grittiness|speckles|static|fuzz of noise|film grain)"

MORE_QUALITY: dict[str, Words] = {
    "denoise": Words(
        do=(
            f"(kill|nuke|squash|scrub|knock out|tame|dial down|quieten) (the|all that|this) {_GRIT} {{tail}}",
            f"(wipe|wash|brush|filter) (away|off|out) {{part}} {_GRIT}",
            "(de-grain|degrain|de-speckle|despeckle) {object} {tail}",
            "(lower|bring down|decrease) the (noise level|amount of noise|iso noise|grain) {tail}",
            "(smooth|iron) out the (noise|grain|noisy shadows|grainy sky)",
            "(run|throw|put) (it|this) through a (denoiser|noise filter)",
        ),
        be=(
            "{less} (gritty|sandy|speckly|grain-ridden)",
            "(clean of noise|noiseless|grainless|silky smooth, no grain)",
        ),
        have=("(a clean, noise-free look|a smooth, grainless finish)", f"{{less}} {_GRIT}"),
        wrong=(
            (
                "(it's|it is|the photo is) (full of|covered in|riddled with|ruined by|swimming in) (noise|grain"
                "|speckles|static)"
            ),
            "(looks|it looks) like (sand|static|it was shot at a crazy iso|an old tv with no signal)",
            "the (sky|shadows|dark areas|background) (is|are) (noisy|grainy|speckled|full of noise)",
            "(all these|what are these|so many) (speckles|coloured dots|grains|little dots)",
            "my (phone|camera|sensor) (makes|produces|leaves) (so much|a lot of|terrible) (noise|grain)",
        ),
        tag=("(denoise|nr|grain removal|despeckle|noise off|noise reduction|clean noise|no grain)",),
    ),
    "deblur": Words(
        do=(
            "(crisp up|tighten|tighten up|hone|firm up) the (edges|focus|outlines) {tail}",
            "(pull|bring|get|put) (it|everything|the subject|the eyes|the text) (back|) (in|into) focus",
            "(counter|undo|reverse|compensate for) the (camera shake|motion|shake|lens softness|defocus)",
            "(use|apply|run) {some} (unsharp mask|sharpening|deconvolution|sharpen filter)",
            "(clear|clean) up the (blur|fuzziness|smudge|smear)",
            "(make|get) it legible",
            "(refocus|re-focus) {object}",
            "remove the (handshake|gaussian blur|defocus|smear|smudginess|haziness of the focus)",
        ),
        be=(
            "{more} (crisper at the edges|more legible|more readable|better resolved|pin sharp|more clearly defined)",
            "(razor-edged|pin-sharp|in better focus|easy to read)",
            "{less} (smeary|smudgy|hazy in focus|soft-focused|shaky|mushy)",
        ),
        have=("{some} (edge definition|acutance|crispness of edges|bite at the edges)", "(tight|crisp|hard) edges"),
        wrong=(
            "(it's|everything is|it is) (a blurry mess|all fuzzy|out of focus|a smudge|all smeared)",
            "(autofocus|the lens|the focus) (missed|failed|hunted|was off)",
            "(i was shaking|the car moved|the kids moved|i had no tripod)(, it's blurred|, so it is blurry)",
            "(looks|it looks) like (i need glasses|vaseline on the lens|seen through fog glass)",
            "the (text|letters|faces|eyes|number plate) (is|are) (blurry|illegible|not sharp|unreadable)",
        ),
        tag=("(sharp|sharper|unblur|refocus|fix blur|usm|unsharp mask|crisp edges|fix focus|no camera shake)",),
    ),
    "dejpeg": Words(
        do=(
            "(kill|nuke|scrub|hide|soften) (the|those|these) (blocks|jpeg blocks|macroblocks|squares|jpeg artefacts)",
            "(undo|repair|reverse|heal) what (jpeg|whatsapp|the compression|instagram|facebook) did (to it|)",
            (
                "(remove|fix|clean) {part} (compression mess|macroblocking|banding from compression|blocky patches"
                "|jpeg mush)"
            ),
            "(smooth|blend) (out|) the (blocks|block edges|8x8 grid|blocky gradients)",
            "(uncompress|decompress) the (look|artefacts) {of}",
        ),
        be=(
            "{less} (pixelly|jpeggy|crunched|over-compressed|minecraft-like)",
            "(artefact-free|block-free|free of macroblocks)",
        ),
        have=("(no|less) (macroblocking|mosquito noise|blocking|jpeg crunch|compression mess)",),
        wrong=(
            "(too much|heavy|bad|brutal|visible|harsh) (compression|jpeg compression|pixelation|blocking)",
            (
                "(it was|it got|the file got) (compressed to death|saved as jpeg too often|crushed by compression"
                "|over-compressed)"
            ),
            "(looks|it looks) like (minecraft|lego|it was made of squares|a tenth generation jpeg)",
            (
                "(i can see|there are) (squares|little squares|blocks|a grid of blocks) (around the edges|in the"
                " sky|everywhere)"
            ),
            "(messenger|telegram|twitter|discord|instagram|email) (compressed|crushed|butchered) (it|my photo)",
        ),
        tag=(
            "(deblocking|jpeg fix|decompress look|jpeg cleanup|anti-block|remove jpeg|compression fix|no macroblocks)",
        ),
    ),
    "restore": Words(
        do=(
            "(bring|give) {object} (back to life|a new life|back to its former glory)",
            "(revive|renovate|rejuvenate|salvage|freshen up|polish|spruce up|refurbish) {object} {tail}",
            "(work|do) your magic on (it|this|the {noun})",
            "(fix|repair|improve) (everything|all that is wrong|whatever is wrong|all the defects) (with it|in it|)",
            "make (the best of it|it look its best|it presentable|it usable|it look professional)",
            "(undo|heal) (the ravages of time|the damage of years|all degradation)",
            "(up|raise|lift) the quality {tail}",
        ),
        be=(
            "{more} (more presentable|cleaner looking|better looking)",
            "(pristine|spotless|immaculate|in mint condition)",
        ),
        have=("(pristine|studio|pro|decent|top) quality", "a (clean|pristine|fresh|restored) look"),
        wrong=(
            "(it's|it is|this is) (a mess|rubbish quality|garbage quality|in terrible shape|in a sorry state)",
            "(it has|my photo has) (seen better days|suffered a lot|aged badly)",
            "the quality (sucks|is rubbish|is garbage|is lousy|is a joke|is disappointing)",
            "(old|scanned|ancient|worn) (photo|scan|print) in (bad|poor|terrible) (shape|condition|quality)",
        ),
        tag=("(restore|fix it|fix it up|clean it|hq|better quality|quality up|photo restoration|make it good)",),
    ),
    "faithful": Words(
        do=(
            "(stick|hold|adhere) to (the original|what is there|the source|the facts)",
            "(be|stay) (conservative|true to the pixels|honest|literal)",
            "(upscale|enlarge) it (conservatively|literally|honestly|without guessing|with no guesswork)",
        ),
        be=("(true to life and to the source|as close to the original as possible|authentic)",),
        have=(
            "(an authentic|a conservative|a truthful) (upscale|enlargement|result)",
            "no (guesswork|fantasy|embellishment)",
        ),
        wrong=(
            (
                "(it's|it is) (evidence|for a scientific paper|forensic|medical), nothing may be (invented|made up"
                "|guessed)"
            ),
        ),
        tag=(
            "don't (guess|improvise|get creative|fantasise|embellish)",
            "(authentic|no guessing|conservative upscale|psnr mode|no imagination|stay faithful|truthful)",
        ),
    ),
    "crisp": Words(
        do=(
            "(conjure up|bring in|put in|work in|weave in) {some} (natural|realistic|fine|believable) (detail|texture)",
            "(give|lend) (the surfaces|it|everything) {some} (texture|real detail|fine structure)",
            "(fill|enrich) (it|the image) with {some} (detail|natural texture)",
            "(hallucinate|imagine|invent) {some} (plausible|realistic|believable|natural) (detail|details|texture)",
        ),
        be=(
            "{more} (more photorealistic|more intricate|richer in texture)",
            "(lush with detail|photoreal|true-to-life in texture)",
        ),
        have=(
            "{some} (fine structure|micro detail|microtexture|surface texture)",
            "(photoreal|intricate) (detail|textures)",
        ),
        wrong=(
            (
                "{subject} (too plasticky|like wax|like a watercolour|smeared flat), (it needs|give it) (texture"
                "|real detail)"
            ),
            (
                "the (skin|hair|grass|fur|foliage) (looks|has gone) (plastic|waxy|like mush), (add|i want) (natural"
                "|real) (texture|detail)"
            ),
        ),
        tag=("(photoreal|texture|rich detail|fine texture|micro detail|gan detail|lifelike texture|lots of detail)",),
    ),
}
