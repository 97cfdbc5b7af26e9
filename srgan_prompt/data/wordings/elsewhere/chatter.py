"""Talk, questions, code, addresses and gibberish; and enlargement alone, which needs no asking."""

CHATTER: tuple[str, ...] = (
    (
        "(hello|hi|hey|good morning|good evening|yo|hi there|greetings)(|,) (|how are you|friend|bot|nice to meet"
        " you|anyone there)(|?|!)"
    ),
    (
        "(thanks|thank you|thx|cheers|great job|well done|nice|cool|ok|okay|perfect|awesome|lol|hmm|whatever|never"
        " mind|wow)(|!|.)"
    ),
    "(who|what) (are you|made you|is your name|can you do|do you know|is this|trained you)?",
    (
        "(what|how much|how long|where|when) (does it cost|is the weather|time is it|will it take|was this taken|is"
        " my file)(|?)"
    ),
    "(what|why) (do you think|does it take so long|did you do that|is the sky blue|are zebras black and white)(|?)",
    (
        "(is|was) (it|this) (raining|real|fake|photoshopped|yours|a dog|a wolf|warm there|cold outside|dark already"
        "|sharp enough)?"
    ),
    "(tell me|write|sing|give me) (a joke|a poem about light|a story|the news|a recipe for dark chocolate cake|a song)",
    (
        "(i|we) (love|hate|miss|saw|remember|bought|painted) (this|my dog|the sea|paris|that place|her|the bright"
        " old days|winter)"
    ),
    (
        "(my|the) (brother|cat|camera|phone|dog|boss) (is|was) (gray|tired|broken|cool|warm and soft|funny|not home"
        "|called noise)"
    ),
    (
        "(the|this) (meeting|movie|match|book|party|coffee) (was|is) (too dark|too long|boring|cool|noisy|great"
        "|cold|crisp)"
    ),
    (
        "(i think|maybe|probably|honestly) (it|this|she|he) (is|was) (fine|nice|great|funny|a good photo|in paris|a"
        " bit late)"
    ),
    (
        "(don't do anything|do nothing|no idea|i don't know|forget it|nothing|wait|stop|test|testing|ignore this"
        "|surprise me)"
    ),
    "(do|make) (something|whatever you like|anything|it|your thing|what you want|some magic)(| nice| cool| crazy)",
    "(sudo|git|pip|npm|docker|ls|cd|curl) (rm -rf|push|install|run|-la|status|commit -m fix|update|../photos)",
    "(print|console.log|return|echo) (\"hello\"|image.shape|'bright'|null|x + 1|$PATH|self.contrast)",
    "(def|class|function|import|select|from) (main|sharpen|numpy as np|* from images|photo|torch|os, sys)(:|;|)",
    "(for|if|while) (i in range|x > 0.5|true|image is none)(:| then break|)",
    (
        "(http://|https://|www.)(example|photos|imgur|mysite|blog|shop)(.com|.org|.de|.net)(|/img|/a/b?id=77"
        "|/bright.jpg|/gray.png)"
    ),
    "(mailto:|)(john|mary|info|photo)@(example|mail|studio)(.com|.org)",
    (
        "(asdf|qwer|xyz|hjkl|blah|lorem ipsum|foo bar|zzz|aaaa|dfgh jk|wqe rty|uiop)(| asd| 123| dolor sit amet|"
        " !!!| blah)"
    ),
    "(1|22|333|4711|3.14|0|99|1234567)(| 5| + 2| = ?|!!|abc)",
    "(???|!!!|...|;-|<3|:p|#nofilter|@home|#sunset #warm #vivid|&nbsp;|null|undefined|nan|none|true|x)",
    '({"prompt": "x"}|<img src="bright.jpg">|[1, 2, 3]|a = b + c;|{}|--contrast=high)',
    (
        "(the|a) (quick brown fox|bright idea|dark horse|cold war|gray area|warm welcome|cool guy|sharp tongue"
        "|white lie|red tape)"
        "(| jumps over the lazy dog| in history| at work| again)"
    ),
    (
        "(she|he|they) (has|have|had) (a sharp mind|a dark past|a warm heart|cold feet|a colourful life|a noisy"
        " neighbour|gray hair)"
    ),
    (
        "(breaking news|chapter one|to be continued|once upon a time|dear sir or madam|happy birthday|merry"
        " christmas|for sale)"
    ),
    "(buy milk|call mum|meeting at 10:30|room 404|2 cats|from 1987|f/2.8|iso 3200|10:30|1/250 s, iso 800|50mm f1.4)",
    (
        "(what does|how do i|where do i|should i|why would i) (denoise mean|install this|find the settings|use a"
        " warm filter"
        "|change my password|set the contrast on my tv|buy a brighter lamp|fix a dark screen|clean a noisy fan)(|?)"
    ),
    (
        "(my tv|my laptop screen|the projector|my monitor|the fan|our road) (is too dark|is too bright|is noisy|has no"
        " contrast|is cold)"
    ),
)

ENLARGE: tuple[str, ...] = (
    (
        "(please|can you|could you|i want to|just|simply|now|) (upscale|enlarge|resize|scale up|magnify|blow up"
        "|upsample|super-resolve)"
        " (it|the image|this|my photo|the picture|this pic) (|please|4x|x4|by 4|four times|by a factor of 4|to 4k"
        "|to 1080p|2x)"
    ),
    (
        "(make|get) (it|the image|this|my photo) (bigger|larger|big|huge|4x larger|twice as big|twice as large|four"
        " times bigger)"
    ),
    (
        "(upscale|enlarge|resize|upscaling|enlargement|super resolution|bigger|larger|4x|x4|2x|4k|x2|upscale x4"
        "|upscale 4x)"
    ),
    (
        "(increase|raise|double|quadruple) the (resolution|size|number of pixels|pixel count|dimensions) (of it||of"
        " the image)"
    ),
    (
        "(i need|i want|give me) (a bigger version|a larger image|more pixels|a higher resolution|it in 4k|it"
        " larger|poster size)"
    ),
    "(more|higher|bigger|larger) (resolution|size|pixels)(| please)",
    "(it is|it's|this is|the photo is) too small(|, make it bigger|, enlarge it)",
)
