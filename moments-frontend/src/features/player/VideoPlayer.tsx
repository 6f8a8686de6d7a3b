import {
  MediaController,
  MediaLoadingIndicator,
  MediaPlayButton,
  MediaSeekBackwardButton,
  MediaSeekForwardButton,
} from "media-chrome/react";
import { type ReactNode, type Ref, type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { UNSAFE_PortalProvider as PortalProvider } from "react-aria/PortalProvider";
import type { Transcript, VideoDetail } from "@/api/schema";
import { captionsUrl } from "@/api/transcript";
import { streamUrl } from "@/api/videos";
import { listen } from "@/lib/listen";
import { usePlayer } from "@/lib/player";
import { watchPath } from "@/lib/routes";
import { copyText } from "@/ui/copy-text";
import { cx } from "@/ui/cx";
import { Controls } from "./Controls";
import { useCaptions } from "./captions";
import { execute } from "./commands";
import { Hint, useHint } from "./Hint";
import type { Marker } from "./markers";
import { PlaybackOverlay } from "./PlaybackOverlay";
import { ShortcutsDialog } from "./ShortcutsDialog";
import type { Command } from "./shortcuts";
import { useStartPosition } from "./start-position";
import { usePlaybackPreferences } from "./use-playback-preferences";
import { useResumePosition } from "./use-resume-position";
import { useShortcuts } from "./use-shortcuts";
import styles from "./VideoPlayer.module.css";

interface VideoPlayerProps {
  video: VideoDetail;
  transcript: Transcript | null;
  moments: readonly Marker[];
}

/** In full screen only descendants of the player are visible, so overlays are rendered there. */
const overlays = () => (document.fullscreenElement as HTMLElement | null) ?? document.body;

/** Video element, controls and overlays. */
export function VideoPlayer({ video, transcript, moments }: VideoPlayerProps) {
  const player = usePlayer();
  const [frame, setFrame] = useState<HTMLElement | null>(null);
  const [element, setElement] = useState<HTMLVideoElement | null>(null);
  const controller = useRef<HTMLElement | null>(null);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [isMenuOpen, setMenuOpen] = useState(false);
  const { hint, show } = useHint();
  const captions = transcript ? `${captionsUrl(video.id, "vtt")}?length=${transcript.text.length}` : null;

  useEffect(() => player.attach(element), [player, element]);
  useStartPosition(player, video.id, show);
  usePlaybackPreferences(element);
  useResumePosition(element, player, video.id);
  useCaptions(element, captions);

  const run = useCallback(
    (command: Command) => {
      const context = { player, controller: controller.current, frameRate: video.frame_rate, moments };
      const message = execute(command, { ...context, openHelp: () => setHelpOpen(true) });
      if (message !== null) show(message);
    },
    [player, video.frame_rate, moments, show],
  );
  useShortcuts(frame, run);

  async function copyLink() {
    const link = location.origin + watchPath(video.id, player.time);
    const isCopied = await copyText(link, "Link copied");
    if (isCopied && document.fullscreenElement) show("Link copied"); // the toast is hidden in full screen
  }

  return (
    <PortalProvider getContainer={overlays}>
      <section
        ref={setFrame}
        aria-label="Player"
        data-scheme="dark"
        className={styles.frame}
        style={shape(video)}
      >
        <Controller controller={controller} frame={frame} keepsControls={isMenuOpen} run={run}>
          <Video ref={setElement} video={video} captions={captions} language={transcript?.language} />
          <Controls
            moments={moments}
            hasCaptions={captions !== null}
            onCaptions={() => run({ do: "captions" })}
            onCopyLink={() => void copyLink()}
            onHelp={() => setHelpOpen(true)}
            onMenuChange={setMenuOpen}
          />
        </Controller>
        <Hint hint={hint} />
        {element && <PlaybackOverlay video={video} element={element} />}
      </section>
      <ShortcutsDialog isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </PortalProvider>
  );
}

interface ControllerProps {
  controller: RefObject<HTMLElement | null>;
  /** The element shown in full screen. */
  frame: HTMLElement | null;
  /** Keep the controls visible. */
  keepsControls: boolean;
  run: (command: Command) => void;
  children: ReactNode;
}

/** Media Chrome's controller with the buttons over the picture. */
function Controller({ controller, frame, keepsControls, run, children }: ControllerProps) {
  useEffect(() => {
    if (controller.current && frame) Object.assign(controller.current, { fullscreenElement: frame });
  }, [controller, frame]);
  useEffect(() => keepControlsAfterTouch(controller.current), [controller]);
  return (
    <MediaController
      ref={(node: HTMLElement | null) => {
        controller.current = node;
      }}
      className={styles.controller}
      autohide={keepsControls ? "-1" : "2"}
      noHotkeys
      noVolumePref
      noMutedPref
      noSubtitlesLangPref
      onDoubleClick={({ target }) => {
        if (target instanceof HTMLVideoElement || target === controller.current) run({ do: "fullscreen" });
      }}
    >
      {children}
      <MediaLoadingIndicator slot="centered-chrome" noAutohide className={styles.loading} />
      <div slot="centered-chrome" className={styles.centre}>
        <MediaSeekBackwardButton seekOffset={10} noTooltip className={cx(styles.touch, styles.narrow)} />
        <MediaPlayButton noTooltip className={cx(styles.touch, styles.start)} />
        <MediaSeekForwardButton seekOffset={10} noTooltip className={cx(styles.touch, styles.narrow)} />
      </div>
    </MediaController>
  );
}

interface VideoProps {
  ref: Ref<HTMLVideoElement>;
  video: VideoDetail;
  captions: string | null;
  language: string | undefined;
}

function Video({ ref, video, captions, language }: VideoProps) {
  return (
    // biome-ignore lint/a11y/useMediaCaption: captions exist once the video is transcribed
    <video
      ref={ref}
      slot="media"
      src={streamUrl(video.id)}
      poster={video.thumbnail_url}
      preload="metadata"
      playsInline
    >
      {captions && (
        <track key={captions} kind="captions" src={captions} srcLang={language} label="Captions" />
      )}
    </video>
  );
}

/** Reserve the video's aspect ratio to avoid a layout shift. */
function shape({ resolution }: VideoDetail) {
  const [width, height] = resolution?.split("x").map(Number) ?? [];
  return width && height ? { aspectRatio: `${width} / ${height}` } : undefined;
}

/** Ignore `mouseleave` after touch, so that the controls stay visible until they time out. */
function keepControlsAfterTouch(controller: HTMLElement | null): (() => void) | undefined {
  if (!controller) return;
  let isTouch = false;
  return listen(
    controller,
    {
      pointerdown: ({ pointerType }) => {
        isTouch = pointerType === "touch";
      },
      mouseleave: (event) => {
        if (isTouch) event.stopImmediatePropagation();
      },
    },
    true,
  );
}
