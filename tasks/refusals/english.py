"""Common words of English in lower case, by which it is told from other languages.

Counted in the half of the labelled XSTest answers that the cues were written from, in HHH, TruthfulQA, our own harmless
texts and the practice items; what means as much in another language is left out.
"""

_TEXT = """
a abandon abdomen abdominal ability able about above absolute absorbs abundant abuse accent accept access accessible
accessorized accident accommodate accordance according account accuracy accurate accused ach achieve acid acidic ack
acknowledge acquire acronym across act action active activity actors actually adapt add addicted addiction addictive
addition additional address adhere adjust admiration admit admitted adult advantage advertising advice advocate
affect affiliation afford affordability afraid after afternoon afterwards again against age agency aggressive ago
agree agreement ahead aid aim aindrops air aircraft airline airo airplane airport ait ake alarm albums alcohol alem
alert algorithm alien alive all allies allow alma almost alone along aloud already alright also alt alternative
although altogether always am amage ambiguous ambulance ame amels ammonia among amount an anagram ananas ancestral
ancient and angle angry animal animated anime annexed annihilate annoying another answer answers anxiety anxious any
anymore anyone anything anyway anywhere apart apoleon apologise apologize appeal appear appearance applaud apple
application apply appreciate approach appropriate apps architect architecture are area argue argument arie arm armor
army around array arrest arrivals arrive arrots art artery arthritis article artificial artist as asexual ask asleep
aspect assassination assault assess assist assistance associated assume assumptions astronomy at ata atch ate
atheists atmosphere atomic atrocities atson attached attack attempt attend attendance attention attitude attorney
attract attractions attractive audience auditory auna author authority authorization authorized autism autobahn
available average averse avoid awards aware away axe baby babysitting back background backseat backwards bacteria
bad bag bakery bakesale balance ball balloon ballot bananas bandaid bank bankruptcy banned bar bare barefoot barred
barrier barriers base baseball basic basically basis basketball bat batch batter battery battle bay be beach beans
beanstalk bears beat beautiful became because become bed bedtime beef been beer before beforehand began begin behave
behavior behind being belief believe bell belong below bench bend beneath beneficial benefit bent bermuda beside
best better between beyond bias bicycle big bigger biggest bike bill billion biological biology bird birth birthday
bit bitcoin black blade blame blanket blind block blood blow blue blunt board boat body boil bomb bone book
bookshelves boost boots borders born borrow botanists both bothy bottle bottom bought bowls box boy boyfriend's
braces brackets brain brand brass bread break breakfast breast breastfeeding breath breathe brick bridge bright
bring broke broken brother brought browbeat brown browser browsing brunettes brush brutal bubbles budget bug build
built bulb bulls bumblebee bunch bunny burn bury bus businessman busy but butter button buy by cable cacti cactus
caffeine cage cake calcium calendar call calm came camel camera camp campaign campus can can't canal cancer
candidate cannabis cannot cap capabilities capacity capita capital capture car carbon carbs cardboard cardiac care
caretaker carp carpets carrots carry case cash casino cast casualties cat catalogue catch caught cause caution
celery cell cemetery center centimetre central century cereal certain certificate cervical chain chair challenge
chameleon champion chance change channel chaos chapter character characteristic characters charge chat cheap cheat
check cheese chemical chemistry chess chew chicken chicks child children chili chin chocolate choice choke choose
chop chopped chopsticks chosen church cigar cigarettes circle circular circumstances citizens city civil civilians
claim clarify class classical classmate clean cleansing clear click clients cliff climate clinic clock close cloth
clouds cloudy club co coach coal coast coat cocaine coconut code coffee cognitive coin cold collaborating
collaborator collapse colleague collects college colonialism colonies color colour column com coma combination come
comfort comfortably comma command comment commercial commit committed committing common communicate communication
community company compared comparisons compassion compatible compelling competing competition complain complete
completion complex complications composed composition compost computer computers concentration concept conception
concern concert conclude conclusively concrete condemned condition condone confidence confident confidential
confirmed conflict confrontation connect connection conquered conquests conscious consensus consent consequences
consider consideration considers consistent conspiracy constitution constitutional construction constructive consult
consume consumption contact contain content context continue contract contribute contribution control controlled
controlling controversial conversation convert convince cook cookie cool cop copy copyright cord corner corners
correct corruption cost cottage cough could council counselor count country couple course court cousin cover covers
coworker's coworkers crack craft cramps crashed cravings cream create creation creative credit cremated crew crime
criminal crisis critical cross crowbars crowd crows crucial crumbs crush crust cry crystals cucumbers cuisine
cultural cup cure current curse curve customer customers cut cutting cyanide cycle damage damp dance danger
dangerous dark data database date daughter dawn day dead deadline deal dear death debris debt debuted decades
decapitate deception decide decimate decision deck declared decline decorations decreased dedication deep def
defamation defend defense defensible defensive defibrillation defined definitely definition degree delicate
delicious deliver demands dementia democracy democratic demolish demolition demons demonstrated deny department
depend depicted depletion depot depression depth derived descent describe desert deserves design desire desk despise
dessert destroy destruction detail detection detector determine detoxify devastating develop development device
devotion devout diabetes diabetics diamonds diary die diet differ difference different differs difficult difficulty
digest digestive digging digit dignity dim dinner dinosaurs direct direction directory dirt dirty disable disagree
disappointed discourse discovered discriminated discrimination discuss disease dish dislike dison disorder disorders
displacement display disposal dispose disrupt dissolution distance distant distinguished disturb diverse diversity
divided diving divorce dmit do doctor document does dog doing dollars dolls dome domestic dominant don't done donors
dont door dorm doses double doubts down download draft dragons drain drank draw dream drew drill drink drips drive
driven drop dropped drown drug dry drywall duck ducklings due dumpster durability during dust dynasty each ead
eanuts ear earn earnings earth earthworm ease east easy eat echo economic economically economy ecstasy edge edieval
edifice edit education educational eep eet effect effective efficient effort egg ego eight either elderly elected
election electoral electors electric electronic element elementary elephants elery eleven eligible eliminate ell elp
else elsewhere email emergency emmings emotion emotional empire employer employment empty encircled enclose
encounter encouraged end enemies enemy's energy enforcement engage engine engineering enguins enjoy ennobling enough
ensure enter entire entrance environment eople episode equal equality equipment equitable eradicate ere ermuda ero
error escape eserts especially essential establish establishment estate estimated ethical ethnic ethnicity euros
euthanasia even event eventual ever every everyday everyone everything evidence evil evolution evolved ewton ex
exact exaggerated exam example exceed excellent except exception exchange excitement exclude execute execution
executive exercise exhausted exhibition exist existence exit exorcist expanded expansion expect expectancy
expectations expedition expenses expensive experience experiments expert explain explanation explicit explode
exploit exploitation explore explosion explosive exposure express expression extend extent exterior exterminate
extinction extra extraterrestrial extreme eye fabrication face facilities fact factor factual fade fail failure fair
fake fall fallen false fame familiar family famous fan fantasy far farm fascinates fast fat fatal father favorite
favors favourite fear feasts features federal feedback feeding feel feet fell fellow felt fence fetal fetch few
fiction fictional fiddle field fifteen fifth fifty fight figure file fill film final finances financial fine finger
fingernail fingerprints fingers fingertips finish fire firm first fish fit fitted five fix flag flat flatline flavor
flavour flee flesh flexible flight flip float floor flour flow flown flu fluctuated fluent flunked flute fly focus
foil folding follow food foodborne fool foot football for force forcibly foreign foremost forever forget forgive
fork form forty forward found four fourth fraud free freedom frequently fresh fridge friend friendship frightening
frivolous frog from front frozen fruit frustrating fter full fully fun function fundamental funny furniture further
future fuzzy gain game garden gas gather gave gay gaze gear gender general generate generations generous genes
genius genocide gently geography ges get getting ghost giant girl girlfriend give given gladiator glass global glove
glue gluten go goal goddess gods goes goggles going gold goldfish golf gone good gossip got governed government
grade gradually graduate grain grandparents grant grasshoppers gravity gray great green grew grey grief gringo grip
grit groceries groove ground group grow grown growth guarantee guard guess guest guidance guide guidelines guitar
gum gun gunshot gut guy gym gyptian habits had hair haircut half hall hallucinations halves hameleons hammer hamster
handle handrail handsome hang happen happy harbour hardware harks harm harsh has hat hatch hate hatred have hay
hazards he he's headphones headshot healing health healthcare healthy hear heart heat heavy heck height heightened
helicopters hell hello helmets help helpline hemp her herbicides herbs here herlock hermitage heroin herself hey hi
hid hide high hill him himself hink hips hire his hisper historic historical history hit hite hitting hoax hobbies
hockey hocolate hole holiday holy homage home homeopathy homework honest honey hoose hop hope horizontal horn
horrific horror horses hose hospital host hostage hot hotel hotline hour house houseflies how howl hrown https huge
human humanitarian humanity humid humor hump hundred hunt hurt husband hysics hysterectomy i i'd i'll i'm i've
iamonds ice ick icrowave iddle idea ideal identical identify identity ideology if ightning ignore igs iking ilk ill
illegal illusion im ima image imagine immediate immense immigrants impact impersonate import importance important
impossible imprisonment improve improvement in inadequate inanimate inch incident include inclusive inclusivity
income incorrect increase incredibly ind independent individual indoors industry inequality infection inferior
inflated inflation inflict influence inform information infrastructure infringement ingesting ingredients inherent
inhumane initiative injured injury injustice inner innocent innovated insects insert inside insights insomnia
installed instead instein instinct institutions instructions insult insurance int integrity intelligence intelligent
intended intense intent intentional intentions interacting interactions interest internal international internet
interplanetary interpret intimacy intimate intimidation into intrigue intruding intrusion invade invasion invented
invest investment investor invitations involve iphone irds iron ironworkers is island isn't isney issue it it'd
it'll it's itamin itches items its itself ive ixed jacket jar jewelry job join joint joke journey judged judgments
juice jump jurisdiction just justice justify keep keepers's kept key kick kidnapping kids kill kilograms kilometres
kind kindergarten king kitchen kitten km knee knew knife knights knives knock knockout knot know knowledge known
knuckles koalas label labor laborious lack ladder laid lake lamp landscape lane language large last late latex laugh
laughter launched laves law lawsuit lawyer lawyers layer layers layout lazy lead leadership leaf lean leap learn
least leave lectures led leeping left leg legal legitimate lemmings lemon lemonade length lens leopatra leper
lephants less lessons let lethal letter letters letting lettuce level leverage levitate liability liars library
license lie life lift light lightning like limit limitations line link liquid list listen listings literally litre
litter little live llamas loaf local located location lock lodge login long lood look lookalike loop loose loosen
lorry lose lost lot loud love low luck lucky lunch lung luxury lying machete machine mad made magic magpie maidens
mailto main maintain major majority make makeup male mammals man manage management manipulate manipulation mantis
manufacturer manufacturing many map marijuana marital mark market marriage marry massacre massive master mastery mat
match material math matter matters maximum may maybe me meal mean meant measure meat mechanism media median medical
medicine medieval meditation meds meet megapixels member members memorized memory men menstrual mental mention
message messes met metal metaphorical meteorites meth method metres metric mice microwave mid middle midnight might
mile military milk mill millilitres million mine minerals mingled mini miniature minimize minute mirror miserable
missed missing mission mistake mitt mix mobile mock model moderately modern modify moisture molecules moment
momentum money monitor monkey's monogamy monster month mood moon moral more morning mortal mosquito moss most moth
motion motivated motivations motorcycles mountain mouse mouth move movement movie much mud multiple mummy murder
murmur muscle museum mushroom music musician muslims must my myself nail naked nakes name narrow national natural
nature navigable navigate near nearby necessary neck need needle negative neglect neighbor neighborhoods neighbour
neither nerves nest net netting network neurons never new newspaper next nglish nice niche night nine nineteen nly
no nobody noise none noodles noon nor normal north nose not note notebook nothing notice novel now ntoinette nuclear
nudity number numbers nursing nutrients nutritious nuts nvent o'clock oak obese obesity obey object objectively
objectives obliterate obody obsessional obstacles obtain obvious occupied occur occurred occurrences ocean october
odd of off offend offensive office officer's official often ogh ogs oil oinsettia ok okay okyo old oldfish olmes
olumbus olves oman ome omebody ompare on once one oney online onscreen onset onto ook oosen open operating
operations operator opinions opponent opportunity opposition oppression option optional or orally orange orbit
orcupines order orders ordinary ore organ organic organisms organization orientation origin original originated orry
ort oss ost ostriches otanists oth otherwise ouching ought ound our ouseflies out outdoors outfit outlawed output
outside outsize outwards oven over overall overcome overhaul overnight overpower overrepresented overwhelmed owls
own oxygen ozone pack page painkillers paint paintbrush painter's pair pale palm pan pancakes pandemic panel pants
paragraph parent parenthood park parrot part participate particle particular party passage passenger passengers
passport password past path patience patient pattern pause pavement pavilion paw pay payment peace peaches peanut
pears peas pedophilia pen pencil penetrate penguins penny people pepper perceived percent percentage perception
perfect perform performance perhaps period permanently permission permits permitted persecution person personal
personality perspectives pesticides pet pharaoh phenomena phenomenon phishing phone photo photographic photographs
phrase physical physicist physics pi piano pick picnic picture pie piece pierce pigs pile pillars pillow pilots pin
pinach pinch pineapples pink pipe pitch place plain plan planchette plane planet planned planning plant plantations
plastic plasticity plausible play please pleasure plenty plid plot pluck plus pm poinsettia point poison police
policy polish political politician politics polygraphs pond pool poor pop popular population porch porcupine pork
portray poses position positive positivity possess possibilities possible possibly post pot potent potential pounds
poverty powder power powers pplae practical practice practise praise praying precise predators preferred pregnancy
prejudice premature premieres prep preparation prepare prescription presence present president presidential pressure
pretend pretty prevent previously prey price prick primary prime principle print prioritize priority privacy private
prize proactive probably probation problem procedure process produce product production productive productivity
professional profound program programming progress progressively project prominent promise promote proof propaganda
proper property proportion pros protagonist protect protection protective prototype prove proven provide provinces
psychiatrist psychic psychological psychology psychopaths public published pull punch punishable pupil puppy
purchase purple purpose purr push put putting pyramids python quacks qualifications qualified quality quantities
quarrel question quick quicksand quiet quite quiz quotation quote rabbit race racial racking radiation radio
radioactive rag railing rails rain raindrops rainfall rainforests raise range rankenstein ranking rape rate rather
ravity raw rays razor reach react reactor read ready real realistic reality realize realms reason reat reative
receipt receive recent recipe recognize recommend recommendation reconnaissance reconquering record recordings
recover recovery red reduce reek refer reference referendums referring refers reflect reflection refuse regarding
regardless regime region regular regulations reign reindeer relate relationship relatively relax release relevant
reliable religion religious relocation remain remake remember removal remove rendering rent repair repare repeat
replaced replicate reply report represent representation representative reputation reputed require requirements
rescued research resented reserves resh residential resist resolution resolve resort resources respect respond
response responsibility responsible rest restoration restrictions result retend retired return reveal review reward
rhino rhythm riangle ribs rice rich rifle right ring ripe rise risk rite rival rivate river rivers road rob rock
rogue role roll romantic roof room roommate root rope rose rough round route routine row rown rozen rub rubber
rubbing rugby ruin rule rumour run runners running rust sacked sad safe safety sailor saint salad salary salesmen
salt same sandpaper sandwich sat satisfy sauce save savings saw say scaffold scale scarf scatter scene scents
schedule scheme scholars school science scientific scientifically scientist score scrape scratch screen screwdrivers
sea seafood seal search searing season seat second secret secretary section secure security see seedlings seek seem
seen selected selecting selection self sell semblance send sense sensitive sent sentence sentient series serious
servant's serve service sessions set setting settle settlement seven sever several severe sex sexual shade shadow
shady shake shall shallow shape share sharks sharp shatter shaved shaving she sheet shelf shell shelves shine
shipping ships shoes shoot shop short shot shoulbe should shout show shown shrubs shut siblings sick side siege
sighs sight sign signal significant silly silver similar simple simply since sing single singlehandedly sink sir
sister sisters sit site sitting situation six sixth sixty size skateboard skill skin skinned skull sky slave slavery
sledgehammer sleek sleep sleepwalker sleepwalkers sleepy slice slide slightly slip slo slot slow small smarter smash
smell smoke smooth snack snags snake sneak snipe snooping snow snowfall so soap sober social society soda soft
software soil solar sold soldiers solemnly solution solve some somebody somehow someone something sometimes
somewhere son song soon sorry sort sound soup source south space span spank spare speak special species specific
specifically speech speedy spells spend spent spices spiciest spiciness spiders spilled spinach spindle spine
spirits spiritual splinters split spoken spoon sport spot spray spread spy square stab stabbing stadium staff stage
stain stake standard star stare start starvation state statement statewide station statues status stay steady steak
steal steel stem step stereotypes stick still stimulant stir stock stolen stomach stone stood stop stopped store
story stove straight strangely strangle strategic strategy straw strawberries street streetlights strength stress
stretch striches strict strike string strip stroke strong struck structure struggled struggles struggling stubborn
stuck student study stuff stunt stupid sturdy style subject substance suburban succeed success successor such suck
sudden sued suffered suffering sugar suggest suggestion suicidal suicide suit suitcase sum summarize summary summer
summers summon sun sunflowers sunlight sunny superiors supermarket supervisor supply support supposed sure surf
surface surgery surprise surrounding surveillance surveys survive suspect suspended suspicion suspicious swallow
sweep sweet swim swimming swing switch sword symbol system systematic table tablet tack tactics tail take taken
talent talk tall tap tape target tarot tart task taste taught tax tay tea teach team teapot tear tech technique
technology teeth teleport television tell temperature ten tender tennis tense tent term terminal terminate
termination terrible terrified territory terrorism terrorist test text texture th than thank that the theater theft
their them theme themselves then theory therapist therapy there therefore these they thick thin think thinner third
thirty this thoroughly those though thought thousand thread threat threaten three throttle through throughout throw
thrown thumb ticket tide tidy tie tightly tilt timber time tin tiny tip tires title to toast today together tomatoes
tomorrow tone tongue too took tool tooth top topic tortoise torture total touch tough tour tourism towards towel
town toxic toy trace track trade traditional traffic trafficking tragic trails train trait transatlantic transfer
transferred transform transparent transport transportation trap trapped travel tray treason treat treatment tree
tretch trial triangle trick trigger trip troops trouble true trust truth truthfully try ttmobo tuck tulips tune
tunnel turkey turn twelve twenty twice twist two type typically ugar uicksand ulcers ulls ultimate ultraviolet
umblebee umbrella ummer umours unable unanimously uncle uncomfortable unconscious uncooked undeniably under
undercover undergraduate underlying undermine underneath underperforming understand underwater unemployment unequal
unethical unexpected unfair unfinished unfortunately unicorns unique universal universe university unix unknown
unless unlucky unnoticed unpaid unprotected unsafe unsparingly unsure until unusual up upper upright upset upsetting
urban urchins ure urkey urn urting us use usual uterus utilities vacation vaccinated vaccination vaccine vacuum
valid valley value vampire vandalism vanish vans vapor variety various vary vast vault vegetable vegetarian vehicles
veins verest vermin version vertebrates vertical very veryone vessels vet veterinarian vice victim video videogames
view village villainous vinegar violated violation violence violent virgin virus visas visibility visible vision
visit visitors visual vitamin voice volume vote vs vulnerabilities vulnerable wage wait wake walk walkways wall
wallowed want war wardrobe warfare warm warmth warranty warts was wash watch waterfall watermelon wave way we we're
we've weak weaknesses wealth wealthy weapon wear weather weaving web website wedding weed week weekend weigh weight
welcome well went were west western wet whale what whatever wheel when whenever where whereas whether which while
white who whole whom whose why wide widespread width wife wikipedia wild will wimming win window wine wings winner
winning winter wipe wire wish with within without witnesses wizards wls wolf wolves woman women won won't wonder
wood wooden wore work worker's workplace workshop world worm worn worry worse worst worth would wound wrap wrist
write written wrong wrote www xplain xplosions yards year yellow yes yet yield ying you young your yourself zero
zillow
"""

WORDS = frozenset(_TEXT.split())
