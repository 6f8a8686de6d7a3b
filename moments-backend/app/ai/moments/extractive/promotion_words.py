"""Classes of English words whose frequency distinguishes advertisements, introductions and farewells."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WORD_CLASSES: dict[str, frozenset[str]] = {
    "commerce": _words("""
        bargain box bucks buy buying card cash cheap cheaper checkout cost costs coupon customer
        customers deal deals delivered delivery deposit discount dollars euros fee fees francs free
        gift guarantee half kit model offer offers order ordered orders pack pay price priced prices
        product products promo purchase quality refund sale sample samples sell sells ship shipped
        shipping ships shop shops stock store stores subscription supply trial voucher vouchers
        warranty
    """),
    "amount": _words("""
        annual annually bonus cents extra fiver month monthly months off pence per percent pounds
        quid save saving savings tenner
    """),
    "invitation": _words("""
        apply book booked booking bookings bring browse call come donate donating donation donations
        download email enrol enroll enrolment enter grab invite invited join joining member members
        membership pledge register registered registering registration rsvp sign signed signing
        signup subscribe support supporting text try visit volunteer volunteering volunteers welcome
    """),
    "places_left": _words("""
        application applications available cohort deadline form forms left limited list open opening
        opens places reserve reserved seat seats slots sold spaces spot spots ticket tickets waiting
    """),
    "event": _words("""
        auction calendar camp center centre ceremony class classes club concert conference course
        courses dates evening event events fair festival fundraiser fundraising gala gathering hall
        library market meet meeting meetup program programme raffle retreat seminar session sessions
        talk talks tour training weekend workshop workshops
    """),
    "media": _words("""
        airs audience broadcast channel channels column conversation edition episode episodes feed
        host hosted hosting interview interviews listener listeners newsletter podcast podcasts
        program programme radio recorded recording season series show shows station stream studio
        subscribers video videos viewer viewers
    """),
    "credits": _words("""
        backers composed credits crew edited editing editor engineer engineered funded funding grant
        mix mixed music partner partners patreon patrons produced producer producers production
        recorded research researcher sponsor sponsored sponsors sponsorship supporters team theme
    """),
    "web": _words("""
        address app at bio co com comments description dot email facebook inbox instagram link links
        mail net notes online org page pinned rating review reviews site slash stars subscribe
        twitter uk web website www youtube
    """),
    "thanks": _words("""
        appreciate cheers delighted glad grateful gratitude happy honor honour kind lovely pleasure
        thank thanks wonderful
    """),
    "greeting": _words("""
        afternoon again bye care dear evening everybody everyone folks friends gentlemen goodbye
        goodnight guys hello hey hi ladies luck morning night welcome
    """),
    "now": _words("today today's tonight tonight's now here this week's"),
    "future": _words("""
        coming going gonna he'll i'll it'll later next she'll soon there'll they'll tomorrow until
        upcoming we'll will won't you'll
    """),
    "dates": _words("""
        am annual april august autumn date december fall february fortnight friday fridays january
        july june march monday mondays noon november o'clock october pm saturday saturdays september
        spring summer sunday sundays th thursday thursdays tuesday tuesdays wednesday wednesdays
        week weekend weeks winter
    """),
    "you": _words("you your yours yourself yourselves you'd you'll you're you've"),
    "we": _words("we us our ours we're we'll we've we'd ourselves let's"),
    "i": _words("i me my mine i'm i've i'll i'd myself"),
    "they": _words("they them their he him his she her"),
    "past": _words("""
        began came couldn't did didn't felt found gave got had hadn't kept knew left made said saw
        thought told took was wasn't went were weren't
    """),
    "person": _words("""
        author award book books career co-author degree director doctor dr expert fellow founded
        founder guest joined known lecturer phd prize professor published scholar scientist
        specialist studied taught teaches trained university wrote years
    """),
    "household": _words("""
        assignment attendance break chapter coffee exam exams exits fire homework hour lecture
        lectures mic microphone minute minutes mute muted office parking phones photos question
        questions quiz reading recording room screen seats slide slides syllabus toilets tutorial
    """),
    "aside": _words("""
        announcement announcements back before break brief interrupt mention message moment notice
        pause plug quick reminder second speaking word
    """),
    "recommend": _words("""
        amazing best better comfortable easier easy favorite favourite fresh good great love loved
        need new perfect recommend simple simply using want
    """),
    "share": _words("""
        comment comments follow friend friends hear know leave let recommend reply review send share
        spread tell write
    """),
}

IMPERATIVES = _words("""
    ask book bring buy call check click come don't download drop email enjoy enter find follow get give
    go grab have head hit join keep leave let listen look mention order pick please register remember
    save say search see send share sign stay stick stop subscribe take tell text try tune turn use visit
    watch write
""")
