import { useQuery } from "@tanstack/react-query";
import {
  MediaController,
  MediaLoadingIndicator,
  MediaPlayButton,
  MediaSeekBackwardButton,
  MediaSeekForwardButton,
} from "media-chrome/react";
import {
  type ReactNode,
  type Ref,
  type RefObject,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { UNSAFE_PortalProvider as PortalProvider } from "react-aria/PortalProvider";
import { type ChapterList, chaptersUrl } from "@/api/chapters";
import type { TranscriptRead, VideoDetail } from "@/api/schema";
import { type Storyboard, storyboardQuery } from "@/api/storyboard";
import { captionsUrl } from "@/api/transcript";
import { t } from "@/i18n";
import { listen } from "@/lib/listen";
import { usePlayer } from "@/lib/player";
import { watchPath } from "@/lib/routes";
import { copyText } from "@/ui/copy-text";
import { cx } from "@/ui/cx";
import { Controls } from "./Controls";
import { useCaptionStyle } from "./caption-style";
import { useCaptions } from "./captions";
import { execute } from "./commands";
import { Hint, useHint } from "./Hint";
import type { Marker } from "./markers";
import { PlaybackOverlay } from "./PlaybackOverlay";
import type { PlaybackSource } from "./playback-source";
import { ShortcutsDialog } from "./ShortcutsDialog";
import type { Command } from "./shortcuts";
import { useStartPosition } from "./start-position";
import { useGestures } from "./use-gestures";
import { usePlaybackPreferences } from "./use-playback-preferences";
import { usePlaybackSource, useSourceChanges } from "./use-playback-source";
import { useResumePosition } from "./use-resume-position";
import { useShortcuts } from "./use-shortcuts";
import styles from "./VideoPlayer.module.css";

interface VideoPlayerProps {
  video: VideoDetail;
  transcript: TranscriptRead | null;
  chapters: ChapterList | null;
  moments: readonly Marker[];
  /** False for a local file without a row. */
  isListed: boolean;
  /** URL of the picture shown before playback. */
  poster: string;
  /** Adds a moment for the in and out points; null if that is not possible. */
  onCreateMoment: ((range: MomentRange) => void) | null;
}

interface MomentRange {
  start: number;
  end: number;
}

const NO_CHAPTERS: ChapterList["chapters"] = [];

/** In full screen only descendants of the player are visible, so overlays are rendered there. */
const overlays = () => (document.fullscreenElement as HTMLElement | null) ?? document.body;

/** Video element, controls and overlays. */
export function VideoPlayer(props: VideoPlayerProps) {
  const { video, transcript, chapters: list, moments, isListed, poster, onCreateMoment } = props;
  const player = usePlayer();
  const [frame, setFrame] = useState<HTMLElement | null>(null);
  const controller = useRef<HTMLElement | null>(null);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [isMenuOpen, setMenuOpen] = useState(false);
  const { hint, show } = useHint();
  const captions = useMemo(() => transcript && captionsUrl(video.id, transcript), [video.id, transcript]);
  const chapters = list?.chapters ?? NO_CHAPTERS;
  const [source, rejectOriginal] = usePlaybackSource(video);
  const [storyboard, loadStoryboard] = useStoryboard(video.id, isListed);
  const [element, setElement] = useVideoElement(video.id, source, captions, show);
  const createMoment = useCreateMoment(onCreateMoment);
  const run = useCommands({
    video,
    moments,
    chapters,
    controller,
    setHelpOpen,
    showHint: show,
    createMoment,
  });
  useShortcuts(frame, run);

  return (
    <PortalProvider getContainer={overlays}>
      <section
        ref={setFrame}
        aria-label={t("player.player")}
        data-scheme="dark"
        className={styles.frame}
        style={shape(video)}
        onPointerEnter={loadStoryboard}
        onFocus={loadStoryboard}
      >
        <Controller controller={controller} frame={frame} keepsControls={isMenuOpen} run={run}>
          <Video ref={setElement} {...{ video, source, transcript, captions, list, poster }} />
          <Controls
            chapters={chapters}
            moments={moments}
            storyboard={storyboard}
            hasCaptions={captions !== null}
            onCaptions={() => run({ do: "captions" })}
            onCopyLink={() => void copyLink(watchPath(video.id, player.time), show)}
            onHelp={() => setHelpOpen(true)}
            onMenuChange={setMenuOpen}
            onCreateMoment={createMoment}
          />
        </Controller>
        <Hint hint={hint} />
        {element && (
          <PlaybackOverlay {...{ video, element, source, isListed }} onRejectOriginal={rejectOriginal} />
        )}
      </section>
      <ShortcutsDialog isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </PortalProvider>
  );
}

interface CommandOptions extends Pick<VideoPlayerProps, "video" | "moments"> {
  chapters: ChapterList["chapters"];
  createMoment: (() => void) | null;
  controller: RefObject<HTMLElement | null>;
  setHelpOpen: (isOpen: boolean) => void;
  showHint: (hint: string) => void;
}

/** Return a function that executes a command and shows its message. */
function useCommands(options: CommandOptions) {
  const { video, moments, chapters, controller, setHelpOpen, showHint, createMoment } = options;
  const player = usePlayer();
  return useCallback(
    (command: Command) => {
      const context = {
        player,
        controller: controller.current,
        frameRate: video.frame_rate,
        moments,
        chapters,
        createMoment,
      };
      const message = execute(command, { ...context, openHelp: () => setHelpOpen(true) });
      if (message !== null) showHint(message);
    },
    [player, controller, video.frame_rate, moments, chapters, createMoment, setHelpOpen, showHint],
  );
}

/** Return a function that passes the in and out points on, outside full screen, where dialogs are visible. */
function useCreateMoment(onCreate: VideoPlayerProps["onCreateMoment"]): (() => void) | null {
  const player = usePlayer();
  const create = useCallback(() => {
    const { in: start, out: end } = player.points;
    if (start === null || end === null || !onCreate) return;
    player.video?.pause();
    const leave = document.fullscreenElement ? document.exitFullscreen() : Promise.resolve();
    void leave.catch(() => undefined).then(() => onCreate({ start, end }));
  }, [player, onCreate]);
  return onCreate && create;
}

/** Return the video element and its ref; connects it with the player, the URL and the stored preferences. */
function useVideoElement(
  videoId: string,
  source: PlaybackSource,
  captions: string | null,
  showHint: (hint: string) => void,
): [HTMLVideoElement | null, (element: HTMLVideoElement | null) => void] {
  const player = usePlayer();
  const [element, setElement] = useState<HTMLVideoElement | null>(null);
  useEffect(() => player.attach(element), [player, element]);
  useSourceChanges(element, source);
  useStartPosition(player, videoId, showHint);
  usePlaybackPreferences(element);
  useResumePosition(element, player, videoId);
  useCaptions(element, captions);
  return [element, setElement];
}

/** Return the storyboard, and a function that loads it: long videos take a while, so only used players do. */
function useStoryboard(videoId: string, isListed: boolean): [Storyboard | null, () => void] {
  const [isUsed, setUsed] = useState(false);
  const { data } = useQuery({ ...storyboardQuery(videoId), enabled: isListed && isUsed });
  return [data ?? null, () => setUsed(true)];
}

async function copyLink(path: string, showHint: (hint: string) => void): Promise<void> {
  const isCopied = await copyText(location.origin + path, t("player.linkCopied"));
  if (isCopied && document.fullscreenElement) showHint(t("player.linkCopied")); // the toast is hidden in full screen
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
  const gestures = useGestures(run);
  const captionStyle = useCaptionStyle();
  return (
    <MediaController
      ref={(node: HTMLElement | null) => {
        controller.current = node;
      }}
      className={styles.controller}
      data-caption-size={captionStyle.size}
      data-caption-background={captionStyle.background}
      autohide={keepsControls ? "-1" : "2"}
      noHotkeys
      noVolumePref
      noMutedPref
      noSubtitlesLangPref
      {...gestures}
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

interface VideoProps extends Pick<VideoPlayerProps, "video" | "transcript" | "poster"> {
  ref: Ref<HTMLVideoElement>;
  source: PlaybackSource;
  captions: string | null;
  list: ChapterList | null;
}

/** The video element with its captions, and its chapters for browsers and assistive technology. */
function Video({ ref, video, source, transcript, captions, list, poster }: VideoProps) {
  const url = source.kind === "playable" ? source.url : undefined;
  const chapters = list && list.chapters.length > 0 ? chaptersUrl(video.id, list) : null;
  return (
    // biome-ignore lint/a11y/useMediaCaption: captions exist once the video is transcribed
    <video ref={ref} slot="media" src={url} poster={poster} preload="metadata" playsInline>
      {captions && (
        <track
          key={captions}
          kind="captions"
          src={captions}
          srcLang={transcript?.language}
          label={t("player.captions")}
        />
      )}
      {chapters && (
        <track key={chapters} kind="chapters" src={chapters} label={t("player.chapters")} default />
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
