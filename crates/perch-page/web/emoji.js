// The emoji that people use most, by Slack's names. One that is not here is shown by its name.

const NAMES =
  "+1 👍 -1 👎 100 💯 alarm_clock ⏰ apple 🍎 arrow_down ⬇️ arrow_left ⬅️ arrow_right ➡️ arrow_up ⬆️ art 🎨 balloon 🎈 bangbang ‼️ bar_chart 📊 beer 🍺 beers 🍻 bell 🔔 bird 🐦 birthday 🎂 blue_heart 💙 blush 😊 bomb 💣 book 📖 bookmark 🔖 books 📚 boom 💥 brain 🧠 broken_heart 💔 bug 🐛 bulb 💡 bust_in_silhouette 👤 busts_in_silhouette 👥 cactus 🌵 calendar 📆 camera 📷 cat 🐱 chart_with_downwards_trend 📉 chart_with_upwards_trend 📈 cherry_blossom 🌸 clap 👏 clipboard 📋 clock1 🕐 cloud ☁️ coffee ☕ computer 💻 confetti_ball 🎊 construction 🚧 cookie 🍪 cop 👮 crab 🦀 credit_card 💳 crossed_fingers 🤞 cry 😢 crystal_ball 🔮 dart 🎯 date 📅 dizzy 💫 dog 🐶 ear 👂 earth_asia 🌏 email 📧 envelope ✉️ exclamation ❗ eyes 👀 face_with_monocle 🧐 facepalm 🤦 file_folder 📁 fire 🔥 fireworks 🎆 fish 🐟 floppy_disk 💾 frog 🐸 gear ⚙️ gem 💎 ghost 👻 gift 🎁 globe_with_meridians 🌐 grapes 🍇 green_heart 💚 grin 😁 grinning 😀 hammer 🔨 hammer_and_wrench 🛠️ hand ✋ handshake 🤝 hatching_chick 🐣 heart ❤️ heart_eyes 😍 heavy_check_mark ✔️ heavy_minus_sign ➖ heavy_multiplication_x ✖️ heavy_plus_sign ➕ herb 🌿 hourglass ⌛ hourglass_flowing_sand ⏳ house 🏠 hugging_face 🤗 inbox_tray 📥 information_source ℹ️ joy 😂 key 🔑 label 🏷️ large_blue_circle 🔵 large_green_circle 🟢 large_orange_circle 🟠 large_yellow_circle 🟡 laughing 😆 leaves 🍃 link 🔗 lock 🔒 loudspeaker 📢 mag 🔍 mailbox 📫 mega 📣 memo 📝 mountain ⛰️ muscle 💪 nerd_face 🤓 new 🆕 newspaper 📰 no_entry ⛔ no_entry_sign 🚫 ok 🆗 ok_hand 👌 open_mouth 😮 outbox_tray 📤 package 📦 palm_tree 🌴 paperclip 📎 partying_face 🥳 pencil ✏️ pencil2 ✏️ penguin 🐧 phone ☎️ pizza 🍕 point_down 👇 point_left 👈 point_right 👉 point_up ☝️ pray 🙏 purple_heart 💜 pushpin 📌 question ❓ rabbit 🐰 rainbow 🌈 raised_hands 🙌 recycle ♻️ red_circle 🔴 relaxed ☺️ relieved 😌 repeat 🔁 robot_face 🤖 rocket 🚀 rose 🌹 rotating_light 🚨 round_pushpin 📍 sad 😢 scream 😱 see_no_evil 🙈 seedling 🌱 shield 🛡️ ship 🚢 shrug 🤷 sleeping 😴 slightly_smiling_face 🙂 smile 😄 smiley 😃 snail 🐌 snowflake ❄️ sob 😭 sparkles ✨ speech_balloon 💬 star ⭐ star2 🌟 stopwatch ⏱️ sunglasses 😎 sunny ☀️ sweat_smile 😅 tada 🎉 telephone_receiver 📞 thermometer 🌡️ thinking_face 🤔 thumbsdown 👎 thumbsup 👍 toolbox 🧰 traffic_light 🚦 tree 🌳 trophy 🏆 turtle 🐢 two_hearts 💕 umbrella ☔ unlock 🔓 upside_down_face 🙃 v ✌️ warning ⚠️ wastebasket 🗑️ watch ⌚ wave 👋 whale 🐳 white_check_mark ✅ white_circle ⚪ wink 😉 wrench 🔧 writing_hand ✍️ x ❌ yellow_heart 💛 yum 😋 zap ⚡ zzz 💤";

export const EMOJI = new Map();
const parts = NAMES.split(" ");
for (let index = 0; index + 1 < parts.length; index += 2) EMOJI.set(parts[index], parts[index + 1]);

/** The picture for a name, or `:name:`. */
export function emoji(name) {
  return EMOJI.get(name.replace(/^:|:$/g, "").split("::")[0]) ?? `:${name}:`;
}

/** What a menu of reactions offers first. */
export const FREQUENT = ["+1", "eyes", "white_check_mark", "tada", "heart", "rocket", "pray", "joy", "thinking_face", "raised_hands", "fire", "wave"];
