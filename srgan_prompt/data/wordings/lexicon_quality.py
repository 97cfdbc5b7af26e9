"""How people ask for restoration and for a style of detail. Written from common usage, not from any collection.

A complaint about noise or blur never states how much of it should go, so it always means all of it.
"""

from srgan_prompt.data.wordings.lexicon_common import Words

_NOISE = "(noise|noise|noise|grain|grain|graininess|image noise|digital noise|speckle|chroma noise|colour noise)"
_BLOCKS = (
    "((jpeg|jpg|jpeg|compression|compression|jpeg compression) (artefacts|artefacts|artefacts|noise|blocks|marks)"
    "|blockiness|blocky artefacts|pixelation|pixelation|blocking artefacts|block artefacts|blocky squares)"
)
_FLAWS = (
    "(noise and artefacts|noise, blur and artefacts|noise and blur|flaws|imperfections|artefacts|defects|degradations"
    "|all kinds of artefacts|blur and noise|noise, blur and compression|quality problems|ugly artefacts)"
)
_VERY = "(|||very|really|so|too|way too|pretty|quite|super|kind of|extremely)"
_REAL = "(natural|natural|realistic|fine|crisp|lifelike|photographic|high quality|hd|rich|convincing|believable)"

QUALITY: dict[str, Words] = {
    "denoise": Words(
        do=(
            "(denoise|de-noise|denoise) {object} {tail}",
            *(f"{{remove}} {{part}} {_NOISE} {{from}}",) * 4,
            f"{{adv}} (reduce|suppress|lower|filter out|cut|minimise|smooth out|smooth away) (the|) {_NOISE} {{of}}",
            f"(clean|clean up|clear|free) {{object}} (of|from) {{part}} {_NOISE}",
            "(smooth|smooth out|clean up) {part} (grainy areas|grain|speckled areas|noisy areas)",
            "(run|apply|use|do) {some} (noise reduction|denoising) (on {object}|)",
            f"(improve|clean up|enhance) {{object}} by (taking out|reducing|filtering out) {{part}} {_NOISE}",
            "{remove} {part} (dots|specks|speckle|salt and pepper noise|iso noise|sensor noise|film grain) {from}",
        ),
        be=(
            *("{less} (noisy|grainy)",) * 3,
            "{less} (speckled|gritty|grainy looking|noisy looking)",
            "(noise free|noise-free|free of noise|clean and smooth|without noise|without grain|free of grain)",
            "(smooth and clean|cleaner, no noise|smoother, without the grain)",
        ),
        have=(
            *(f"{{less}} {_NOISE}",) * 2,
            f"(no|no|zero|no more) {_NOISE}",
            "{more} (cleaner|smoother) (skies|areas|surfaces) without (noise|grain)",
            "{some} noise reduction",
        ),
        wrong=(
            *(f"{{subject}} {_VERY} (noisy|grainy|speckled|noisy and grainy)",) * 3,
            f"there (is|is|seems to be) (too much|so much|a lot of|some|way too much) {_NOISE}",
            f"(i hate|i don't like) (the|this|all this) {_NOISE}",
            f"(too|so|way too) much {_NOISE}",
            "(high iso|low light) made it (noisy|grainy)",
        ),
        tag=(
            "(denoise|denoised|noise reduction|noise removal|de-noise|noise free|degrain) {tail}",
            "{less} (noise|grain|noisy|grainy)",
            "(no|remove) (noise|grain)",
        ),
    ),
    "deblur": Words(
        do=(
            "{adv} (sharpen|deblur|sharpen up|sharpen) {object} {tail}",
            "(sharpen|deblur|unblur|de-blur|focus|sharpen up) {object} {tail}",
            "{remove} {part} (blur|blur|blurriness|fuzziness|softness|motion blur|lens blur) {from}",
            "{adv} {raise} (the|) (sharpness|sharpness|definition|clarity of the edges|edge sharpness) {of} {tail}",
            "{adv} (reduce|lower|undo|correct|lessen) the (blur|blurriness|softness|motion blur|fuzziness) {of} {tail}",
            "bring {object} (into|in|back into) focus",
            "make the (edges|details|lines|outlines|contours|colours) {more} (sharper|clearer|more defined)",
            "add {some} (sharpness|sharpening|definition|sharpness) {to}",
            "(fix|correct) the (focus|blur|blurry parts|camera shake|blurriness|bad focus)",
        ),
        be=(
            *("{more} (sharper|clearer)",) * 3,
            *("{less} (blurry|fuzzy|blurred|soft|out of focus)",) * 2,
            "{more} (more sharp|more in focus|better focused|more clear|more focused|better defined|more sharper)",
            "(in focus|in sharp focus|sharp|not blurry|clear and sharp|tack sharp|clear)",
            "(sharper|clearer) {tail}",
        ),
        have=(
            "{some} (sharpness|definition|focus|sharpening|edge sharpness)",
            "{less} (blur|blurriness|fuzziness|softness)",
            "(sharper|clearer|cleaner) (edges|lines|contours|outlines|focus)",
            "(no|no more) (blur|blurriness|motion blur)",
        ),
        wrong=(
            *(f"{{subject}} {_VERY} (blurry|fuzzy|out of focus|blurred|soft|unsharp|unfocused|smeared)",) * 3,
            f"{{subject}} {_VERY} (shaky|motion blurred|misfocused|not sharp|not in focus)",
            "(the focus is off|i missed the focus|the camera shook|i moved when i took it|my hand shook)",
            "i (can't|cannot) (read|make out|see) (it|anything|the details|the edges), it's blurry",
        ),
        tag=(
            "(sharpen|deblur|unblur|sharpened|sharpening|remove blur|sharpness up|de-blur) {tail}",
            "{more} (sharper|clearer)",
            "{less} (blurry|blur|fuzzy)",
            "(no blur|in focus|sharp edges|sharp focus)",
            "sharpness {plus}",
        ),
    ),
    "dejpeg": Words(
        do=(
            *(f"{{remove}} {{part}} {_BLOCKS} {{from}}",) * 4,
            f"{{adv}} (reduce|suppress|lower|minimise|smooth out|hide) (the|) {_BLOCKS} {{of}}",
            f"(clean|clean up|free) {{object}} (of|from) {{part}} {_BLOCKS}",
            "(deblock|de-block|de-pixelate|depixelate|unpixelate) {object} {tail}",
            "(repair|fix|undo|reverse) the (jpeg|jpg|heavy|bad) (compression|compression damage|artefacts) {of}",
            "{remove} {part} (ringing|mosquito noise|8x8 blocks|little squares|square blocks) {from}",
        ),
        be=(
            *("{less} (pixelated|blocky)",) * 3,
            "{less} (compressed|compressed looking|pixelly|blocky looking)",
            "(free of|without) (blocks|jpeg artefacts|compression artefacts|pixelation|compression)",
            "(smooth|clean) (without|with no) (blocks|pixelation|jpeg marks)",
        ),
        have=(
            *(f"{{less}} {_BLOCKS}",) * 2,
            f"(no|no more|zero) {_BLOCKS}",
            "(smooth|clean) (gradients|edges|areas) (instead of|not) (blocks|squares|pixel blocks)",
        ),
        wrong=(
            *(f"{{subject}} {_VERY} (pixelated|blocky|compressed|pixelly|over-compressed|jpeg-ed)",) * 3,
            "there (are|are|seem to be) (blocks|squares|jpeg artefacts|ugly blocks) (everywhere|all over|{in})",
            f"i (can see|see|notice) (the|) {_BLOCKS}",
            "(whatsapp|facebook|the website|the upload|saving it as jpeg) (ruined|compressed|destroyed) it",
        ),
        tag=(
            "(deblock|de-jpeg|dejpeg|jpeg artefact removal|artefact removal|depixelate|jpeg repair) {tail}",
            "{less} (blocky|pixelated|pixelation|compression)",
            "no (jpeg artefacts|compression artefacts|blocks|pixelation|blockiness|artefacts)",
        ),
    ),
    "restore": Words(
        do=(
            "(restore|repair|fix|clean up|fix up|enhance|improve|recover|rescue|remaster|restore) {object} {tail}",
            "(restore|repair|fix up|clean up|save) this (old|bad|low quality|crappy|damaged|) {noun} {tail}",
            *(f"{{remove}} {{part}} {_FLAWS} {{from}}",) * 3,
            "{adv} (improve|fix|enhance|raise|increase) the (quality|image quality|overall quality) {of} {tail}",
            f"(clean|clean up|free) {{object}} (of|from) {{part}} {_FLAWS}",
            "(fix|repair|undo) {part} (damage|problems|issues|degradation|quality loss) {from}",
            "make {object} (look|) (good|nice|clean|decent|new|like new|professional|great) again",
            "(denoise|clean) and (sharpen|deblur) {object} {tail}",
        ),
        be=(
            "{more} (cleaner|better|better quality|nicer|higher quality|cleaner and sharper|better in quality)",
            "{more} (cleaner|better|cleaner and clearer)",
            "(clean and sharp|clean|high quality|good quality|like new|flawless|restored|top quality|as good as new)",
            "{less} (bad|low quality|degraded|damaged|crappy|messy|dirty)",
        ),
        have=(
            "{a_more} (better|higher|cleaner) quality",
            "(better|higher|best|good|great) (quality|image quality)",
            f"(no|no more|zero) {_FLAWS}",
            f"{{less}} {_FLAWS}",
        ),
        wrong=(
            f"{{subject}} {_VERY} (bad|low quality|degraded|poor quality|terrible|crappy|ugly|awful|messy)",
            "the (quality|image quality|picture quality) is (bad|poor|low|awful|terrible|so bad|not good)",
            "{subject} (noisy, blurry and pixelated|noisy and blurry|blurry and full of artefacts|old and damaged)",
            "(bad|poor|low|terrible) quality {noun}",
        ),
        tag=(
            "(restore|restored|restoration|enhance|clean up|enhanced|enhancement|repair|fix quality) {tail}",
            "(high|better|good|best|improved) quality",
            "(clean|remastered|restored|enhanced) {noun}",
            "(no noise, no blur, no artefacts|denoise deblur deblock)",
        ),
    ),
    "faithful": Words(
        do=(
            "(keep it|keep {object}|stay|remain) (faithful|true|close) to the (original|input|source|original {noun})",
            "keep (it|everything|{object}) (faithful|accurate|true to life|honest|exact)",
            "(just|only|simply) (upscale|enlarge|resize|scale up|blow up) {object} (faithfully|accurately|exactly|)",
            (
                "(upscale|enlarge|scale up|resize) {object} without (inventing|making up|hallucinating) (anything"
                "|detail|things)"
            ),
            (
                "(upscale|enlarge|scale up|resize) {object} with (no|zero) (invented|made up|fake|hallucinated)"
                " (detail|details)"
            ),
            "(just|only) make (it|{object}) (bigger|larger), nothing else",
            "(preserve|keep|respect) the original (content|structures|details|lines and shapes)",
        ),
        be=(
            "(faithful|accurate|exact|true) (to the original|to the source|)",
            "(accurate|faithful|conservative|honest) (with nothing invented|without invented detail)",
        ),
        have=(
            "no (invented|made up|hallucinated|fake|artificial|imagined) (detail|details|texture|textures|content)",
            "{a} (faithful|plain|accurate|honest|exact|literal) (enlargement|upscale|upscaling|reconstruction)",
            "(only|just) what is (really|actually) (there|in the {noun})",
            "(maximum|high|best) (fidelity|accuracy)",
        ),
        wrong=(
            "(the last one|it|the result) (invented|made up|hallucinated) (details|things|textures), keep it faithful",
            "i (need|want) (the real thing|the truth|accuracy), (nothing invented|no fake detail)",
            (
                "(don't|do not|never|please don't) (invent|make up|hallucinate|imagine) (any|) (detail|details"
                "|things|texture)"
            ),
        ),
        tag=(
            "(faithful|accurate|plain upscale|high fidelity|true to original|plain enlargement|fidelity|just upscale)",
            "no (invented|hallucinated|made up) (detail|texture|content)",
            "(no|without) (hallucination|hallucinations|fake detail|invented texture|made up detail)",
            "(don't|do not) (invent|make up|hallucinate|imagine) (any|) (detail|details|texture|anything)",
            "nothing (invented|added|made up)",
        ),
    ),
    "crisp": Words(
        do=(
            f"add {{some}} {_REAL} (detail|details|texture|textures) {{to}}",
            f"(bring out|create|generate|show) {{some}} {_REAL} (detail|details|texture) {{in}}",
            f"{{adv}} {{raise}} the (amount of|level of|) {_REAL} (detail|texture) {{of}} {{tail}}",
            "(fill in|paint in|recreate) {some} (natural|realistic|fine) (detail|details|texture)",
            "make the (textures|details|fine details) {more} (more realistic|more natural|richer|finer)",
            "make the (skin|hair|leaves|fabric|fur|grass) look {more} (more real|more natural|more detailed)",
        ),
        be=(
            "{more} (more detailed|more realistic|crisper|more lifelike|richer in detail)",
            "{more} more (detailed|realistic|lifelike|textured|photorealistic)",
            "(razor sharp with hd detail|crisp and natural|crisp and detailed|highly detailed|full of detail)",
        ),
        have=(
            *(f"{{some}} {_REAL} (detail|details|texture|textures)",) * 3,
            "(razor sharp|crisp|sharp|stunning|ultra) (hd|4k|high resolution|hi-res|natural) (detail|details|textures)",
            f"{_REAL} (detail|details|texture|textures|detail and texture)",
        ),
        wrong=(
            "{subject} (waxy|painted|artificial|too smooth|too plastic), (add|i want) {some} natural detail",
            "there (isn't|is not) enough (detail|texture|fine detail|real texture) {in}",
            "it (lacks|needs|is missing) {some} (fine detail|texture|natural detail|realistic detail|crisp detail)",
        ),
        tag=(
            f"{_REAL} (detail|details|texture|textures)",
            "(crisp|detailed|highly detailed|photorealistic|realistic|lifelike|ultra detailed|fine texture)",
            "{some} (detail|texture|realistic detail|natural detail)",
        ),
    ),
}
